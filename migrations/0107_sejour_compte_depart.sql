-- Les séjours d'avant les déclencheurs de 0106, qui sont validés : une seule instruction lit les séjours et les différences que les
-- écritures ont ajoutées depuis, au même instant, et pose ce qui manque entre les deux. Rien n'est verrouillé, personne n'attend.
INSERT INTO sejour_compte (code_insee, mois, statut, nature_id, categorie_id, collecteur, nombre, montant, ajout)
SELECT code_insee, mois, statut, nature_id, categorie_id, collecteur, sum(nombre), sum(montant), false
FROM (SELECT code_insee, coalesce(mois, 'infinity') AS mois, statut, nature_id, categorie_id, collecteur, count(*) AS nombre, sum(montant) AS montant
      FROM (SELECT *, date_debut - (extract(day FROM date_debut)::integer - 1) AS mois FROM sejour) s
      GROUP BY GROUPING SETS ((code_insee, mois, statut, nature_id, categorie_id, collecteur), (code_insee, statut, nature_id, categorie_id, collecteur))
      UNION ALL
      SELECT code_insee, mois, statut, nature_id, categorie_id, collecteur, -nombre, -montant FROM sejour_compte) c
GROUP BY code_insee, mois, statut, nature_id, categorie_id, collecteur
HAVING sum(nombre) <> 0 OR sum(montant) <> 0;
