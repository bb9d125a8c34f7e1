-- La demande d'où vient un travail : son numéro relie la ligne de la demande et celle du travail dans les traces.
SELECT verrou_patient('job', 'ACCESS EXCLUSIVE');
ALTER TABLE job ADD COLUMN demande text;
COMMENT ON COLUMN job.demande IS 'Numéro de la demande d''où vient le travail, celui de sa réponse et des traces ; d''un travail demandé par un autre, celui de cet autre. Nul : personne ne l''a demandé (planification), ou une version d''avant cette colonne.';
COMMENT ON COLUMN job.traceparent IS 'Étape d''une trace (W3C Trace Context) dont le travail est la suite. Nul : la demande n''était d''aucune trace, et personne ne les suit.';
