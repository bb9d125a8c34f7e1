"""The list of the séjours of a commune: made each time, and from the cache."""

import datetime

from django.conf import settings
from django.contrib import admin
from django.core.cache import cache
from django.http import HttpResponse
from django.template import loader
from django.urls import include, path

from .models import Sejour

COLONNES = (
    "id", "reference", "date_debut", "nb_nuits", "logement_id", "logement__nom", "logement__hebergeur_id",
    "logement__hebergeur__nom", "commune_id", "commune__nom", "nb_personnes", "montant", "collecteur__nom", "statut",
)
STATUTS = dict(Sejour.STATUTS)
MODELE = loader.get_template("liste.html")


def page(demande):
    depuis = datetime.date.fromisoformat(demande.GET["debut_min"])
    lignes = (
        Sejour.objects.filter(commune="97113", statut=demande.GET["statut"], date_debut__gte=depuis)
        .order_by("-date_debut", "-id")
        .values_list(*COLONNES)[:51]
    )
    return MODELE.render({"lignes": [(*ligne, STATUTS[ligne[-1]]) for ligne in lignes]})


def liste(demande):
    return HttpResponse(page(demande))


def en_cache(demande):
    cle = demande.get_full_path()
    trouvee = cache.get(cle)
    if trouvee is None:
        trouvee = page(demande)
        cache.set(cle, trouvee, 600)
    return HttpResponse(trouvee)


urlpatterns = [path("sejours", liste), path("cache", en_cache), path("admin/", admin.site.urls)]
if settings.BANC_API:
    from .api import routeur

    urlpatterns.append(path("api/", include(routeur.urls)))
