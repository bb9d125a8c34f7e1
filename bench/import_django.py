"""Dry run of a file of hosts by django-import-export: every row read, its fields checked, compared with the base, and nothing kept.

    import_django.py FILE

prints the seconds that it took and the rows that it found new. Rows are recognised by their SIRET or their e-mail, by an index.
"""

import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "django"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reglages")

import django  # noqa: E402

django.setup()

import tablib  # noqa: E402
from django.db import models  # noqa: E402
from import_export import fields, resources, widgets  # noqa: E402


class Hote(models.Model):
    numero = models.TextField(unique=True)
    nom = models.TextField()
    type = models.TextField()
    siret = models.TextField(null=True, blank=True)
    inscrit_le = models.DateField()
    telephone = models.TextField(null=True, blank=True)
    courriel = models.EmailField(null=True, blank=True)
    adresse = models.TextField()
    code_postal = models.TextField()
    ville = models.TextField()

    class Meta:
        managed = False
        db_table = "hebergeur"
        app_label = "pair"


class HoteResource(resources.ModelResource):
    inscrit_le = fields.Field(attribute="inscrit_le", column_name="Inscrit le", widget=widgets.DateWidget(format="%d/%m/%Y"))
    nom = fields.Field(attribute="nom", column_name="Nom ou raison sociale")
    type = fields.Field(attribute="type", column_name="Type")
    siret = fields.Field(attribute="siret", column_name="SIRET")
    telephone = fields.Field(attribute="telephone", column_name="Téléphone")
    courriel = fields.Field(attribute="courriel", column_name="Courriel")
    adresse = fields.Field(attribute="adresse", column_name="Adresse")
    code_postal = fields.Field(attribute="code_postal", column_name="Code postal")
    ville = fields.Field(attribute="ville", column_name="Ville")

    class Meta:
        model = Hote
        fields = ("nom", "type", "siret", "inscrit_le", "telephone", "courriel", "adresse", "code_postal", "ville")
        import_id_fields = ("courriel",)
        skip_unchanged = True
        use_bulk = True
        batch_size = 1000
        skip_diff = True

    def before_import_row(self, row, **kwargs):
        row["Type"] = row["Type"].lower()
        row["SIRET"] = row["SIRET"] or None

    def before_save_instance(self, instance, row, **kwargs):
        instance.numero = "DJ-" + str(kwargs.get("row_number", 0)) + "-" + instance.courriel


def main():
    began = time.monotonic()
    with open(sys.argv[1], encoding="utf-8") as file:
        data = tablib.Dataset().load(file, format="csv", delimiter=";")
    result = HoteResource().import_data(data, dry_run=True, raise_errors=True)
    print(f"{time.monotonic() - began:.3f} {result.totals['new']}")


main()
