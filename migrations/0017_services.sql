-- Files servies : un travail dont aucun ouvrier en vie ne sert la file le dit aussitôt.

-- Un ouvrier est en vie quand il s'est montré depuis moins d'un bail (30 secondes).
CREATE FUNCTION ouvriers_de(nom_file text) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT count(*) FROM public.ouvrier o
    WHERE o.vu_le > now() - interval '30 seconds' AND EXISTS (SELECT 1 FROM unnest(o.files) s WHERE split_part(s, '=', 1) = nom_file)
$$;
COMMENT ON FUNCTION ouvriers_de(text) IS 'Nombre d''ouvriers en vie qui servent cette file.';

-- La pause est un choix de l'exploitant : elle se dit d'abord. Un essai prévu plus tard attend aussi un ouvrier.
CREATE OR REPLACE FUNCTION job_motif(travail bigint) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN f.en_pause THEN 'la file est en pause'
        WHEN public.ouvriers_de(j.queue) = 0 THEN 'aucun ouvrier ne sert la file « ' || CASE j.queue
                WHEN 'high_priority' THEN 'Prioritaire' WHEN 'exports' THEN 'Exports' WHEN 'etl_heavy' THEN 'Imports lourds'
                WHEN 'notifications' THEN 'Notifications' WHEN 'maintenance' THEN 'Entretien' ELSE j.queue END
            || ' » : prévenez l’exploitant'
        WHEN j.attente IS NOT NULL THEN j.attente
        WHEN j.run_at > now() THEN NULL
        WHEN f.limite_globale <= (SELECT count(*) FROM public.job r WHERE r.state = 'running' AND r.queue = j.queue) THEN 'la file est pleine'
        WHEN f.limite_par_personne <= (SELECT count(*) FROM public.job r WHERE r.state = 'running' AND r.queue = j.queue AND r.requested_by = j.requested_by)
            THEN 'vos autres travaux de cette file ne sont pas finis'
        END
    FROM public.job j LEFT JOIN public.file_attente f ON f.queue = j.queue WHERE j.id = travail AND j.state = 'ready'
$$;
