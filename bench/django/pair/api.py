"""The same list as JSON, as the documentation of Django REST Framework writes it: a ModelViewSet, CursorPagination, a token, the
related rows in the same statement."""

import datetime

from rest_framework import authentication, pagination, permissions, routers, serializers, viewsets

from .models import Sejour


class Ligne(serializers.ModelSerializer):
    logement = serializers.CharField(source="logement.nom")
    logement_id = serializers.IntegerField()
    commune = serializers.CharField(source="commune.nom")
    code_insee = serializers.CharField(source="commune_id")
    collecteur = serializers.CharField(source="collecteur.nom")
    libelle = serializers.CharField(source="get_statut_display")

    class Meta:
        model = Sejour
        fields = ["id", "reference", "date_debut", "nb_nuits", "logement", "logement_id", "commune", "code_insee", "nb_personnes", "montant", "collecteur", "statut", "libelle"]


class Pages(pagination.CursorPagination):
    page_size = 50
    ordering = ("-date_debut", "-id")


class Sejours(viewsets.ModelViewSet):
    serializer_class = Ligne
    pagination_class = Pages
    authentication_classes = [authentication.TokenAuthentication]
    permission_classes = [permissions.IsAuthenticated]

    def get_queryset(self):
        demande = self.request.query_params
        depuis = datetime.date.fromisoformat(demande["debut_min"])
        lignes = Sejour.objects.filter(commune="97113", statut=demande["statut"], date_debut__gte=depuis)
        return lignes.select_related("logement", "commune", "collecteur")


routeur = routers.SimpleRouter()
routeur.register("sejours", Sejours, basename="sejour")
