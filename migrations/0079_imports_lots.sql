-- Des lots plus petits : la mémoire d'un ouvrier qui vérifie tient dans ce qui lui est permis, pour aussi peu de temps par lot.
ALTER TABLE import ALTER COLUMN lot SET DEFAULT 2500;
