"""The admin's changelist, with what its documentation advises for large tables."""

from django.contrib import admin

from .models import Sejour


@admin.register(Sejour)
class SejourAdmin(admin.ModelAdmin):
    list_display = ["reference", "date_debut", "nb_nuits", "logement", "hebergeur", "commune", "nb_personnes", "montant", "collecteur", "statut"]
    list_select_related = ["logement__hebergeur", "commune", "collecteur"]
    list_filter = ["statut"]
    list_per_page = 50
    show_full_result_count = False
    ordering = ["-date_debut", "-id"]

    @admin.display(description="hébergeur")
    def hebergeur(self, sejour):
        return sejour.logement.hebergeur.nom
