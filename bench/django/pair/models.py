"""Gardel's tables, as Django sees them."""

from django.db import models


class Commune(models.Model):
    code_insee = models.TextField(primary_key=True)
    nom = models.TextField()

    class Meta:
        managed = False
        db_table = "commune"

    def __str__(self):
        return self.nom


class Plateforme(models.Model):
    code = models.TextField(primary_key=True)
    nom = models.TextField()

    class Meta:
        managed = False
        db_table = "plateforme"

    def __str__(self):
        return self.nom


class Hebergeur(models.Model):
    nom = models.TextField()

    class Meta:
        managed = False
        db_table = "hebergeur"

    def __str__(self):
        return self.nom


class Logement(models.Model):
    nom = models.TextField()
    hebergeur = models.ForeignKey(Hebergeur, models.PROTECT)

    class Meta:
        managed = False
        db_table = "logement"

    def __str__(self):
        return self.nom


class Sejour(models.Model):
    STATUTS = [("a_verifier", "À vérifier"), ("valide", "Validé"), ("conteste", "Contesté"), ("rejete", "Rejeté")]
    reference = models.TextField()
    commune = models.ForeignKey(Commune, models.PROTECT, db_column="code_insee")
    logement = models.ForeignKey(Logement, models.PROTECT)
    collecteur = models.ForeignKey(Plateforme, models.PROTECT, db_column="collecteur")
    date_debut = models.DateField()
    nb_nuits = models.SmallIntegerField()
    nb_personnes = models.SmallIntegerField()
    montant = models.BigIntegerField()
    statut = models.TextField(choices=STATUTS)

    class Meta:
        managed = False
        db_table = "sejour"
        verbose_name = "séjour"
