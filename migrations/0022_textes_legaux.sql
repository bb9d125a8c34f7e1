-- Mentions légales, données personnelles, accessibilité : ce que chaque collectivité est seule à savoir.
CREATE TABLE textes_legaux (
    collectivite_id integer PRIMARY KEY REFERENCES collectivite ON DELETE CASCADE,
    valeurs jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(valeurs) = 'object'),
    version integer NOT NULL DEFAULT 1,
    modifie_le timestamptz NOT NULL DEFAULT now(),
    modifie_par text NOT NULL DEFAULT ''
);
COMMENT ON TABLE textes_legaux IS 'Réponses d''une collectivité aux rubriques des pages légales. Une rubrique absente se lit « À compléter » : rien n''est inventé à sa place.';
COMMENT ON COLUMN textes_legaux.valeurs IS 'Texte par rubrique (voir src/textes/model.rs).';

-- Le pied de chaque page dit l'état de conformité : il est gardé en mémoire avec les droits.
CREATE TRIGGER compteur_textes AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON textes_legaux
    FOR EACH STATEMENT EXECUTE FUNCTION compteur_augmente('droits');
