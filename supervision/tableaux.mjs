// The dashboards: what each panel is called, what it says, its unit and its expressions; engendre.mjs makes Grafana's JSON of it.
// Counters stand under rate() or increase() over $__rate_interval; what every process repeats of the base is a maximum.

const SOURCE = { type: 'prometheus', uid: '${source}' };
const COLONNES = 24;

/** A panel: `expressions` are [PromQL, legend]. */
const panneau = (type, largeur, hauteur, titre, description, unite, expressions, { defauts = {}, options = {}, cible = {} } = {}) =>
  ({ type, largeur, hauteur, titre, description, unite, expressions, defauts, options, cible });

const courbe = (titre, description, unite, expressions, reglages = {}) => panneau('timeseries', 12, 8, titre, description, unite, expressions, {
  defauts: { min: 0, custom: { drawStyle: 'line', lineWidth: 1, fillOpacity: 10, showPoints: 'never', spanNulls: false }, ...reglages.defauts },
  options: { legend: { displayMode: 'table', placement: 'right', calcs: ['lastNotNull', 'max'] }, tooltip: { mode: 'multi', sort: 'desc' } },
});
const chiffre = (titre, description, unite, expressions, seuils) => panneau('stat', 4, 5, titre, description, unite, expressions, {
  defauts: { thresholds: { mode: 'absolute', steps: seuils }, color: { mode: 'thresholds' } },
  options: { reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false }, colorMode: 'background', graphMode: 'none', textMode: 'auto' },
  cible: { instant: true, range: false },
});
const barres = (titre, description, unite, expressions, defauts) => panneau('bargauge', 12, 10, titre, description, unite, expressions, {
  defauts,
  options: { orientation: 'horizontal', displayMode: 'lcd', reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false } },
  cible: { instant: true, range: false },
});
const chaleur = (titre, description, unite, expressions) => panneau('heatmap', 12, 8, titre, description, unite, expressions, {
  options: { calculate: false, yAxis: { unit: unite }, color: { mode: 'scheme', scheme: 'Oranges', steps: 64 }, cellGap: 1 },
  cible: { format: 'heatmap' },
});

/** Green, then what is looked at, then what hurts: [value, colour]. */
const seuils = (...pas) => pas.map(([valeur, couleur]) => ({ value: valeur, color: couleur }));
const BON_A_UN = seuils([null, 'red'], [1, 'green']);
const MAUVAIS_AU_DESSUS = (orange, rouge) => seuils([null, 'green'], [orange, 'orange'], [rouge, 'red']);
const MAUVAIS_AU_DESSOUS = (rouge, vert) => seuils([null, 'red'], [rouge, 'orange'], [vert, 'green']);

const centile = (part, histogramme, par, filtre = '') =>
  `histogram_quantile(${part}, sum by (le${par ? `, ${par}` : ''}) (rate(${histogramme}_bucket${filtre ? `{${filtre}}` : ''}[$__rate_interval])))`;
const debit = (compteur, par, filtre = '') => `sum${par ? ` by (${par})` : ''} (rate(${compteur}${filtre ? `{${filtre}}` : ''}[$__rate_interval]))`;

const ensemble = (jours) => ({
  uid: 'gardel-ensemble', titre: 'Gardel : vue d’ensemble',
  description: 'Ce qui se regarde en premier : ce qui est en vie, ce qui sonne, ce qu’il reste de budget d’erreur.',
  panneaux: [
    chiffre('Serveurs web', 'Serveurs web dont Prometheus lit les mesures.', 'short', [['sum(up{job="gardel"})', 'en vie']], BON_A_UN),
    chiffre('Ouvriers', 'Ouvriers qui ont donné de leurs nouvelles à la base depuis moins de 30 secondes.', 'short', [['max(gardel_workers)', 'en vie']], BON_A_UN),
    chiffre('PostgreSQL', '1 : tous les processus l’atteignent ; 0 : l’un d’eux ne l’atteint plus.', 'short', [['min(gardel_database_up)', 'répond']], BON_A_UN),
    chiffre('Redis', '1 : tous les processus l’atteignent. Sans Redis, les pages sont les mêmes, plus lentes. Rien ici quand aucun n’est configuré.', 'short', [['min(gardel_redis_up)', 'répond']], BON_A_UN),
    chiffre('Certificat', 'Temps avant que le certificat expire.', 's', [['min(probe_ssl_earliest_cert_expiry{job="gardel-certificat"}) - time()', 'reste']], MAUVAIS_AU_DESSOUS(86400, 14 * 86400)),
    chiffre('Alertes', 'Alertes qui sonnent en ce moment.', 'short', [['count(ALERTS{alertstate="firing"}) or vector(0)', 'sonnent']], MAUVAIS_AU_DESSUS(1, 5)),
    barres('Budget d’erreur qui reste', `Part du budget de ${jours} jours que chaque objectif n’a pas encore dépensée. Au-dessous de zéro, la promesse n’est pas tenue : docs/slo.md dit ce qu’on fait.`, 'percentunit',
      [[`objectif:budget_restant:ratio${jours}d`, '{{objectif}}']], { min: -1, max: 1, thresholds: { mode: 'absolute', steps: MAUVAIS_AU_DESSOUS(0, 0.25) }, color: { mode: 'thresholds' } }),
    courbe('Part manquée, sur une heure', 'Ce que chaque objectif compte et qui a manqué à sa promesse, pendant l’heure écoulée.', 'percentunit', [['objectif:manques:ratio1h', '{{objectif}}']]),
    courbe('Alertes qui ont sonné', 'Chaque alerte, quand elle a sonné.', 'short', [['count by (alertname) (ALERTS{alertstate="firing"})', '{{alertname}}']]),
    courbe('Demandes par classe', 'Réponses par seconde : listes, fragments, pages, saisies, API…', 'reqps', [[debit('gardel_http_requests_total', 'class'), '{{class}}']]),
    courbe('Temps de réponse, 95 %', 'Temps au-dessous duquel sont 95 % des réponses, par classe.', 's', [[centile(0.95, 'gardel_http_request_duration_seconds', 'class', 'class!~"asset|other"'), '{{class}}']]),
    courbe('Réponses 5xx', 'Part des réponses qui disent un défaut de Gardel ou de ce dont il dépend.', 'percentunit',
      [['(sum(rate(gardel_http_requests_total{status=~"5.."}[$__rate_interval])) or vector(0)) / sum(rate(gardel_http_requests_total[$__rate_interval]))', '5xx']]),
    courbe('Travaux prêts', 'Travaux qui pourraient commencer, par file.', 'short', [['max by (queue) (gardel_jobs{state="ready"})', '{{queue}}']]),
    courbe('Mémoire des processus', 'Mémoire résidente de chaque serveur web et de chaque ouvrier.', 'bytes', [['process_resident_memory_bytes{job=~"gardel|gardel-ouvrier"}', '{{instance}}']]),
    courbe('Processeur', 'Cœurs occupés par chaque processus.', 'short', [['rate(process_cpu_seconds_total{job=~"gardel|gardel-ouvrier"}[$__rate_interval])', '{{instance}}']]),
    courbe('Fichiers ouverts', 'Part des fichiers que chaque processus peut ouvrir (connexions comprises).', 'percentunit', [['process_open_fds{job=~"gardel|gardel-ouvrier"} / process_max_fds', '{{instance}}']]),
    courbe('Lignes d’erreur au journal', 'Lignes par seconde, par niveau.', 'short', [[debit('gardel_log_events_total', 'level'), '{{level}}']]),
    courbe('Âge de la dernière sauvegarde', 'Temps depuis la dernière sauvegarde réussie, base et fichiers.', 's', [['time() - max by (kind) (gardel_backup_success_timestamp_seconds)', '{{kind}}']]),
    courbe('Versions en service', 'Processus par version : deux versions côte à côte longtemps disent une mise à niveau inachevée.', 'short', [['count by (version) (gardel_build_info)', '{{version}}']]),
  ],
});

const pages = {
  uid: 'gardel-pages', titre: 'Gardel : pages et API',
  description: 'Ce que les personnes et les programmes demandent, ce qu’ils attendent, et où passe ce temps.',
  variables: [{ nom: 'classe', titre: 'Classe', requete: 'label_values(gardel_http_requests_total, class)' }],
  panneaux: [
    courbe('Demandes par route', 'Les dix routes les plus demandées, en réponses par seconde.', 'reqps', [['topk(10, sum by (method, route) (rate(gardel_http_requests_total{class=~"$classe"}[$__rate_interval])))', '{{method}} {{route}}']]),
    courbe('Routes les plus lentes, 95 %', 'Les dix routes dont 5 % des réponses sont les plus lentes.', 's', [[`topk(10, ${centile(0.95, 'gardel_http_request_duration_seconds', 'method, route', 'class=~"$classe"')})`, '{{method}} {{route}}']]),
    courbe('Temps de réponse', 'Médiane, 95 % et 99 % des classes choisies.', 's', [0.5, 0.95, 0.99].map((part) => [centile(part, 'gardel_http_request_duration_seconds', '', 'class=~"$classe"'), `${part * 100} %`])),
    chaleur('Répartition des temps', 'Combien de réponses dans chaque tranche de temps.', 's', [['sum by (le) (increase(gardel_http_request_duration_seconds_bucket{class=~"$classe"}[$__rate_interval]))', '{{le}}']]),
    courbe('Réponses par statut', 'Réponses par seconde et par code.', 'reqps', [[debit('gardel_http_requests_total', 'status', 'class=~"$classe"'), '{{status}}']]),
    courbe('Demandes en cours', 'Demandes reçues dont la réponse n’est pas encore faite.', 'short', [['gardel_http_requests_in_flight', '{{instance}}']]),
    courbe('Requêtes SQL par réponse', 'Combien de requêtes SQL fait une réponse, en moyenne.', 'short',
      [[`${debit('gardel_http_sql_statements_total', 'class', 'class=~"$classe"')} / ${debit('gardel_http_requests_total', 'class', 'class=~"$classe"')}`, '{{class}}']]),
    courbe('Part du temps passée dans PostgreSQL', 'Temps des requêtes SQL rapporté au temps des réponses.', 'percentunit',
      [[`${debit('gardel_http_sql_seconds_total', 'class', 'class=~"$classe"')} / ${debit('gardel_http_request_duration_seconds_sum', 'class', 'class=~"$classe"')}`, '{{class}}']]),
    courbe('Fragments trouvés dans le cache', 'Part des fragments qu’il n’a pas fallu refaire.', 'percentunit',
      [[`${debit('gardel_cache_hits_total', '', 'job="gardel"')} / (${debit('gardel_cache_hits_total', '', 'job="gardel"')} + ${debit('gardel_cache_misses_total', '', 'job="gardel"')})`, 'trouvés']]),
    courbe('Cache en défaut', 'Fois par seconde où Redis n’a pas répondu à temps ou a mal répondu, et processus qui l’ont mis de côté.', 'short',
      [[debit('gardel_cache_errors_total', 'operation'), '{{operation}}'], ['sum(gardel_redis_set_aside)', 'mis de côté']]),
    courbe('Téléchargements et envois', 'Fichiers rendus et fichiers reçus, par seconde.', 'reqps', [[debit('gardel_http_requests_total', 'class', 'class=~"file|upload"'), '{{class}}']]),
    courbe('Connexions de personnes', 'Réponses de la classe « session » par statut : une vague de refus est un essai de mots de passe.', 'reqps', [[debit('gardel_http_requests_total', 'status', 'class="session"'), '{{status}}']]),
  ],
};

const base = {
  uid: 'gardel-base', titre: 'Gardel : base de données',
  description: 'Ce que PostgreSQL fait pour Gardel, ce qu’il refuse, et ce qui le ralentira.',
  panneaux: [
    courbe('Requêtes SQL', 'Requêtes par seconde, par origine : pages, travaux, le reste.', 'ops', [[debit('gardel_sql_duration_seconds_count', 'origin'), '{{origin}}']]),
    courbe('Temps d’une requête', 'Médiane et 99 % par origine.', 's', [[centile(0.5, 'gardel_sql_duration_seconds', 'origin'), '50 % {{origin}}'], [centile(0.99, 'gardel_sql_duration_seconds', 'origin'), '99 % {{origin}}']]),
    courbe('Refus', 'Ce que PostgreSQL a refusé, par seconde : away (absent), crowded (pas de connexion libre), no_room (plus de place), held (verrou), too_heavy (plus de 10 s), fault (défaut).', 'ops', [[debit('gardel_sql_refusals_total', 'kind'), '{{kind}}']]),
    courbe('Attente d’une connexion, 99 %', 'Temps passé à attendre une connexion libre, par origine.', 's', [[centile(0.99, 'gardel_pool_wait_seconds', 'origin'), '{{origin}}']]),
    courbe('Attente d’une place, 99 %', 'Temps qu’une page passe à attendre sa place parmi celles de sa liste, avant la connexion elle-même.', 's', [['histogram_quantile(0.99, sum by (le) (rate(gardel_place_wait_seconds_bucket[$__rate_interval])))', 'places']]),
    courbe('Connexions des pages', 'Connexions que les pages se partagent, libres ou prises, dans chaque serveur.', 'short', [['gardel_pool_connections{job="gardel"}', '{{instance}} {{state}}']]),
    courbe('Connexions du serveur PostgreSQL', 'Toutes les connexions, et le nombre qu’il accepte.', 'short', [['max(gardel_database_connections)', 'prises'], ['max(gardel_database_connections_max)', 'acceptées']]),
    courbe('Plus vieille transaction', 'Âge de la plus vieille transaction qui empêche le nettoyage des tables.', 's', [['max(gardel_database_oldest_snapshot_seconds)', 'âge']]),
    courbe('Part de lignes mortes', 'Lignes mortes rapportées aux vivantes, par table d’au moins 10 000 lignes.', 'percentunit', [['max by (table) (gardel_table_dead_rows) / (max by (table) (gardel_table_live_rows) > 0)', '{{table}}']]),
    courbe('Taille de la base', 'Octets de la base.', 'bytes', [['max(gardel_database_size_bytes)', 'taille']]),
    courbe('Transactions depuis le dernier gel', 'PostgreSQL refuse toute écriture vers deux milliards ; il gèle de lui-même bien avant.', 'short', [['max(gardel_database_transaction_age)', 'transactions']]),
    courbe('Répliques en service', '1 : le processus lit cette réplique ; 0 : il l’a mise de côté. Rien ici sans réplique.', 'short', [['gardel_replica_up', '{{instance}} {{replica}}']]),
    courbe('Retard des répliques', 'Ce que chaque réplique n’a pas encore rejoué, en temps. Rien ici sans réplique.', 's', [['max by (replica) (gardel_replica_lag_seconds)', '{{replica}}']]),
    courbe('Lectures servies par les répliques', 'Lectures par seconde que les répliques ont servies, et celles que la base principale a faites à leur place, par raison. Rien ici sans réplique.', 'ops',
      [['sum(rate(gardel_replica_readings_total[$__rate_interval]))', 'répliques'], [debit('gardel_replica_fallbacks_total', 'kind'), 'base principale : {{kind}}']]),
    courbe('Place des disques', 'Part libre des disques de la machine.', 'percentunit', [['node_filesystem_avail_bytes{job="machine"} / node_filesystem_size_bytes{job="machine"}', '{{instance}} {{mountpoint}}']]),
    courbe('Traces', 'Étapes des traces par seconde : prises par le collecteur (sent), perdues (dropped), refusées (failed). À zéro sans collecteur.', 'ops', [[debit('gardel_trace_spans_total', 'state'), '{{state}}']]),
    courbe('Base joignable', '1 : PostgreSQL a répondu à ce processus en deux secondes.', 'short', [['gardel_database_up', '{{instance}}']]),
  ],
};

const file = {
  uid: 'gardel-file', titre: 'Gardel : files et ouvriers',
  description: 'Les travaux : ce qui attend, qui travaille, combien de temps, comment cela finit. La page « Files et ouvriers » de Gardel dit la même chose des deux dernières heures.',
  variables: [{ nom: 'file', titre: 'File', requete: 'label_values(gardel_jobs, queue)' }],
  panneaux: [
    courbe('Profondeur', 'Travaux prêts, en cours, à venir et en échec, par file.', 'short', [['max by (queue, state) (gardel_jobs{queue=~"$file"})', '{{queue}} {{state}}']]),
    courbe('Plus ancien travail prêt', 'Attente du plus ancien travail qui pourrait commencer.', 's', [['max by (queue) (gardel_job_oldest_ready_seconds{queue=~"$file"})', '{{queue}}']]),
    courbe('Ouvriers par file', 'Ouvriers en vie qui servent chaque file.', 'short', [['max by (queue) (gardel_queue_workers{queue=~"$file"})', '{{queue}}']]),
    courbe('Files en pause', '1 : la file est en pause.', 'short', [['max by (queue) (gardel_queue_paused{queue=~"$file"})', '{{queue}}']]),
    courbe('Attente avant de commencer, 95 %', 'De « prêt » à « commencé ». Promesse : 5 secondes.', 's', [[centile(0.95, 'gardel_job_wait_seconds', 'queue', 'queue=~"$file"'), '{{queue}}']]),
    courbe('Durée des travaux, 95 %', 'Par nom de travail.', 's', [[centile(0.95, 'gardel_job_run_duration_seconds', 'job', 'queue=~"$file"'), '{{job}}']]),
    courbe('Fins des travaux', 'Essais finis par seconde et par issue.', 'ops', [[debit('gardel_job_runs_total', 'state', 'queue=~"$file"'), '{{state}}']]),
    courbe('Travaux repris à un ouvrier mort', 'Par heure. Quelques-uns à chaque accident ; sans cesse, des ouvriers meurent.', 'short', [['sum by (queue) (increase(gardel_job_rescues_total{queue=~"$file"}[1h])) or vector(0)', '{{queue}}']]),
    courbe('Grandes lectures en attente', 'Exports de 50 000 lignes et plus qui attendent leur tour.', 'short', [['max(gardel_job_heavy_waiting)', 'en attente']]),
    courbe('Requêtes SQL par essai', 'Combien de requêtes SQL fait un essai, en moyenne.', 'short', [[`${debit('gardel_job_sql_statements_total', 'job', 'queue=~"$file"')} / ${debit('gardel_job_run_duration_seconds_count', 'job', 'queue=~"$file"')}`, '{{job}}']]),
    courbe('Part du temps passée dans PostgreSQL', 'Temps des requêtes SQL rapporté à la durée des essais. Au-delà de 1, plusieurs requêtes vont de front.', 'percentunit', [[`${debit('gardel_job_sql_seconds_total', 'job', 'queue=~"$file"')} / ${debit('gardel_job_run_duration_seconds_sum', 'job', 'queue=~"$file"')}`, '{{job}}']]),
    courbe('Travaux commencés à temps', 'Part des travaux demandés par une personne qui ont commencé en moins de cinq secondes, sur une heure.', 'percentunit', [['1 - objectif:manques:ratio1h{objectif="travaux_commences"}', 'à temps']]),
  ],
};

const fichiers = {
  uid: 'gardel-fichiers', titre: 'Gardel : imports et exports',
  description: 'Les fichiers qui entrent et qui sortent : combien, en combien de temps, et la place qu’ils prennent.',
  panneaux: [
    courbe('Exports', 'Exports finis par heure et par issue.', 'short', [['sum by (state) (increase(gardel_exports_total[1h]))', '{{state}}']]),
    courbe('De la demande au fichier prêt', 'Médiane et 95 %, toutes listes. Promesse : 40 secondes.', 's', [[centile(0.5, 'gardel_export_duration_seconds', ''), '50 %'], [centile(0.95, 'gardel_export_duration_seconds', ''), '95 %']]),
    courbe('Exports prêts en moins de 40 secondes', 'Part, sur une heure : la promesse est de 95 %.', 'percentunit', [['1 - objectif:manques:ratio1h{objectif="exports_prets"}', 'à temps'], ['objectif:cible:ratio{objectif="exports_prets"}', 'promesse']]),
    courbe('Durée par liste et par format, 95 %', 'Les dix couples les plus longs.', 's', [[`topk(10, ${centile(0.95, 'gardel_export_duration_seconds', 'list, format')})`, '{{list}} {{format}}']]),
    courbe('Lignes exportées', 'Lignes par seconde, par liste.', 'short', [[debit('gardel_export_rows_total', 'list'), '{{list}}']]),
    courbe('Octets exportés', 'Octets des fichiers faits, par seconde et par format.', 'Bps', [[debit('gardel_export_bytes_total', 'format'), '{{format}}']]),
    courbe('Imports', 'Étapes finies par heure, par étape et par issue.', 'short', [['sum by (step, state) (increase(gardel_imports_total[1h]))', '{{step}} {{state}}']]),
    courbe('Durée des étapes d’un import, 95 %', 'De la demande à la fin : vérification, écriture, annulation.', 's', [[centile(0.95, 'gardel_import_duration_seconds', 'step'), '{{step}}']]),
    courbe('Lignes importées', 'Lignes parcourues par seconde, par genre et par étape.', 'short', [[debit('gardel_import_rows_total', 'kind, step'), '{{kind}} {{step}}']]),
    courbe('Imports faits à temps', 'Part des vérifications de moins de 40 secondes, et des écritures de moins de 5 minutes, sur une heure.', 'percentunit', [['1 - objectif:manques:ratio1h{objectif=~"imports_verifies|imports_ecrits"}', '{{objectif}}']]),
    courbe('Place du dépôt', 'Part libre du disque du dépôt de fichiers. Rien ici quand le dépôt est un seau S3.', 'percentunit', [['min(gardel_store_free_bytes / gardel_store_size_bytes)', 'libre']]),
    courbe('Fichiers altérés', 'Fichiers d’export que le dernier contrôle a trouvés différents de leur manifeste.', 'short', [['max(gardel_export_controle_echecs)', 'altérés']]),
  ],
};

const SONDE = 'job="gardel-communes",commune=~"$commune"';
const commune = {
  uid: 'gardel-commune', titre: 'Gardel : ce que vit une commune',
  description: 'Gardel ne compte rien par commune : ses mesures ne savent pas qui demande. Ce tableau vient d’une sonde qui lit chaque minute, de dehors, la liste des séjours de chaque commune suivie, avec ses droits et ses lignes. Elle dit ce que cette commune attend, pas ce que chaque agent a vécu.',
  variables: [{ nom: 'commune', titre: 'Commune', requete: 'label_values(probe_success{job="gardel-communes"}, commune)' }],
  panneaux: [
    chiffre('Répond', '1 : la dernière lecture de cette commune a réussi.', 'short', [[`min(probe_success{${SONDE}})`, 'répond']], BON_A_UN),
    chiffre('Dernière lecture', 'Temps de la dernière lecture, réseau et TLS compris.', 's', [[`max(probe_duration_seconds{${SONDE}})`, 'temps']], MAUVAIS_AU_DESSUS(0.5, 1)),
    chiffre('Réussites, sur un jour', 'Part des lectures réussies depuis un jour.', 'percentunit', [[`min(avg_over_time(probe_success{${SONDE}}[1d]))`, 'réussies']], MAUVAIS_AU_DESSOUS(0.99, 0.999)),
    chiffre('À temps, sur un jour', 'Part des lectures de moins d’une demi-seconde depuis un jour : la promesse faite pour l’API est de 99 %.', 'percentunit', [[`min(avg_over_time((probe_duration_seconds{${SONDE}} < bool 0.5)[1d:1m]))`, 'à temps']], MAUVAIS_AU_DESSOUS(0.95, 0.99)),
    courbe('Temps de lecture', 'Cette commune, et la médiane de toutes celles qu’on suit.', 's', [[`probe_duration_seconds{${SONDE}}`, '{{commune}}'], ['quantile(0.5, probe_duration_seconds{job="gardel-communes"})', 'médiane de toutes']]),
    courbe('Où passe ce temps', 'Nom, connexion, TLS, travail de Gardel, transfert.', 's', [[`max by (phase) (probe_http_duration_seconds{${SONDE}})`, '{{phase}}']]),
    courbe('Écart avec les autres communes', 'Temps de cette commune rapporté à la médiane : 1 est comme les autres ; 3 dit une commune qui a beaucoup plus de lignes, ou une liste mal servie.', 'short',
      [[`probe_duration_seconds{${SONDE}} / on () group_left () quantile(0.5, probe_duration_seconds{job="gardel-communes"})`, '{{commune}}']]),
    courbe('Taille de la réponse', 'Octets de la page lue : une réponse qui rétrécit d’un coup dit des lignes disparues, ou des droits retirés.', 'bytes', [[`probe_http_uncompressed_body_length{${SONDE}}`, '{{commune}}']]),
    courbe('Statut', 'Code de la dernière réponse : 401 est un jeton expiré, 429 une sonde trop fréquente.', 'none', [[`probe_http_status_code{${SONDE}}`, '{{commune}}']]),
    courbe('Ce que tous vivent : listes, 95 %', 'Le temps des listes pour toutes les communes ensemble, mesuré par Gardel : à comparer à la sonde.', 's', [[centile(0.95, 'gardel_http_request_duration_seconds', '', 'class="list"'), 'listes']]),
    courbe('Ce que tous vivent : exports prêts à temps', 'Part des exports prêts en moins de 40 secondes, toutes communes, sur une heure.', 'percentunit', [['1 - objectif:manques:ratio1h{objectif="exports_prets"}', 'à temps']]),
    courbe('Ce que tous vivent : réponses 5xx', 'Part des réponses en défaut, toutes communes, sur une heure.', 'percentunit', [['objectif:manques:ratio1h{objectif="demandes_servies"}', '5xx']]),
  ],
};

function poses(panneaux) {
  let [x, y, rangee] = [0, 0, 0];
  return panneaux.map((un, rang) => {
    if (x + un.largeur > COLONNES) [x, y, rangee] = [0, y + rangee, 0];
    const gridPos = { x, y, w: un.largeur, h: un.hauteur };
    x += un.largeur;
    rangee = Math.max(rangee, un.hauteur);
    return {
      id: rang + 1, type: un.type, title: un.titre, description: un.description, datasource: SOURCE, gridPos,
      fieldConfig: { defaults: { unit: un.unite, ...un.defauts }, overrides: [] }, options: un.options,
      targets: un.expressions.map(([expr, legendFormat], n) => ({ refId: String.fromCharCode(65 + n), datasource: SOURCE, expr, legendFormat, ...un.cible })),
    };
  });
}

const variable = ({ nom, titre, requete }) => ({
  name: nom, label: titre, type: 'query', datasource: SOURCE, query: { query: requete, refId: nom }, refresh: 2, sort: 1, multi: true, includeAll: true, allValue: '.*',
  current: { text: ['Tout'], value: ['$__all'] },
});

export function tableaux(objectifs, jours) {
  return [ensemble(jours), pages, base, file, fichiers, commune].map((un) => ({
    uid: un.uid, title: un.titre, description: un.description, tags: ['gardel'], schemaVersion: 42, version: 1, editable: true, graphTooltip: 1,
    timezone: 'America/Guadeloupe', refresh: '1m', time: { from: 'now-6h', to: 'now' }, annotations: { list: [] },
    links: [{ type: 'dashboards', title: 'Gardel', tags: ['gardel'], asDropdown: true, includeVars: false, keepTime: true }],
    templating: {
      list: [
        { name: 'source', label: 'Prometheus', type: 'datasource', query: 'prometheus', current: {}, refresh: 1 },
        ...(un.variables ?? []).map(variable),
      ],
    },
    panels: poses(un.panneaux),
  }));
}
