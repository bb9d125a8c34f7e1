-- Ce que chaque morceau d'un export laisse à dire de lui : les sommes de ses lignes, et les cellules adaptées à son format.
ALTER TABLE export_morceau ADD COLUMN notes jsonb;
COMMENT ON COLUMN export_morceau.notes IS 'Sommes (centimes, nuits) et cellules adaptées de ses lignes ; nul pour un morceau d''une version qui n''en notait pas.';
