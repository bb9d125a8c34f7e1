// Everything that follows from objectifs.json and tableaux.mjs: the rules of the objectives and their tests, the table of docs/slo.md,
// the dashboards. `node supervision/engendre.mjs` writes them; with --verifie it writes nothing and fails when a file differs.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { essaisLents, essaisVites } from './essais.mjs';
import { tableaux } from './tableaux.mjs';

const racine = dirname(dirname(fileURLToPath(import.meta.url)));
const { jours, objectifs, fenetres } = JSON.parse(readFileSync(join(racine, 'supervision/objectifs.json'), 'utf8'));
const ENTETE = '# Engendré par supervision/engendre.mjs depuis supervision/objectifs.json : ne pas modifier à la main.\n';

/** A bound of a histogram as OpenMetrics writes it: 5 is « 5.0 ». */
const borne = (secondes) => (Number.isInteger(secondes) ? `${secondes}.0` : `${secondes}`);
const accolades = (...filtres) => { const dits = filtres.filter(Boolean); return dits.length ? `{${dits.join(',')}}` : ''; };

/** What an objective counts, and what it misses, by instance: both only grow, and start again from zero with their process. */
function comptes(objectif) {
  if (objectif.temps) {
    const tous = `sum by (instance) (${objectif.temps}_count${accolades(objectif.filtre)})`;
    const aTemps = `sum by (instance) (${objectif.temps}_bucket${accolades(objectif.filtre, `le="${borne(objectif.secondes)}"`)})`;
    return { evenements: tous, manques: `${tous} - ${aTemps}` };
  }
  const tous = `sum by (instance) (${objectif.total})`;
  return { evenements: tous, manques: `sum by (instance) (${objectif.manques}) or 0 * ${tous}` };
}

const regle = (nom, expression, etiquettes = '') =>
  `      - record: ${nom}\n${etiquettes ? `        labels: {${etiquettes}}\n` : ''}        expr: ${expression}\n`;
const DIRECTES = ['5m', '30m', '1h', '2h', '6h'];
const SOMMEES = ['1d', '3d', `${jours}d`];

function mesures() {
  let texte = `${ENTETE}
groups:
  # Ce que chaque objectif promet : la part, et le nombre d’évènements au-dessous duquel une fenêtre ne dit rien.
  - name: gardel-objectifs
    interval: 1m
    rules:
`;
  for (const un of objectifs) {
    texte += regle('objectif:cible:ratio', un.cible, `objectif: ${un.nom}`);
    texte += regle('objectif:plancher:evenements', un.plancher, `objectif: ${un.nom}`);
  }
  texte += `
  # Ce qui est compté, et ce qui manque à la promesse, par processus. Les fenêtres se calculent ensuite pour tous les objectifs à la fois.
  - name: gardel-objectifs-comptes
    interval: 15s
    rules:
`;
  for (const un of objectifs) {
    const { evenements, manques } = comptes(un);
    texte += regle('objectif:evenements:total', evenements, `objectif: ${un.nom}`);
    texte += regle('objectif:manques:total', manques, `objectif: ${un.nom}`);
  }
  texte += `
  - name: gardel-objectifs-fenetres
    interval: 30s
    rules:
`;
  for (const fenetre of DIRECTES) {
    for (const quoi of ['evenements', 'manques']) {
      texte += regle(`objectif:${quoi}:increase${fenetre}`, `sum by (objectif) (increase(objectif:${quoi}:total[${fenetre}]))`);
    }
    texte += regle(`objectif:manques:ratio${fenetre}`, `objectif:manques:increase${fenetre} / (objectif:evenements:increase${fenetre} > 0)`);
  }
  texte += `
  # Les longues fenêtres additionnent des pas de cinq minutes, au lieu de relire ${jours} jours de mesures à chaque fois.
  - name: gardel-objectifs-pas
    interval: 5m
    rules:
`;
  for (const quoi of ['evenements', 'manques']) {
    texte += regle(`objectif:${quoi}:pas5m`, `sum by (objectif) (increase(objectif:${quoi}:total[5m]))`);
  }
  for (const fenetre of SOMMEES) {
    for (const quoi of ['evenements', 'manques']) {
      texte += regle(`objectif:${quoi}:increase${fenetre}`, `sum_over_time(objectif:${quoi}:pas5m[${fenetre}])`);
    }
    texte += regle(`objectif:manques:ratio${fenetre}`, `objectif:manques:increase${fenetre} / (objectif:evenements:increase${fenetre} > 0)`);
  }
  texte += regle(`objectif:budget_restant:ratio${jours}d`, `1 - objectif:manques:ratio${jours}d / (1 - objectif:cible:ratio)`);
  return texte;
}

const FRANCAIS = { '5m': '5 minutes', '30m': '30 minutes', '1h': 'une heure', '2h': '2 heures', '6h': '6 heures', '1d': 'un jour', '3d': '3 jours' };

function alertes() {
  let texte = `${ENTETE}
groups:
  # Une alerte par vitesse, pour tous les objectifs : l’étiquette « objectif » dit lequel. La longue fenêtre dit que c’est sérieux, la
  # courte que cela dure encore ; au-dessous du plancher d’évènements, une fenêtre ne dit rien.
  - name: gardel-budgets
    interval: 30s
    rules:
`;
  for (const { alerte, facteur, longue, courte, pendant, gravite } of fenetres) {
    texte += `      - alert: ${alerte}
        expr: |
          objectif:manques:ratio${longue} > ${facteur} * (1 - objectif:cible:ratio)
          and objectif:manques:ratio${courte} > ${facteur} * (1 - objectif:cible:ratio)
          and objectif:evenements:increase${longue} >= objectif:plancher:evenements
          and objectif:evenements:increase${courte} >= objectif:plancher:evenements / 10
        for: ${pendant}
        labels: {severity: ${gravite}}
        annotations:
          summary: "Objectif « {{ $labels.objectif }} » : le budget d’erreur brûle ${String(facteur).replace('.', ',')} fois trop vite"
          description: "Depuis ${FRANCAIS[longue]}, {{ $value | humanizePercentage }} de ce que compte « {{ $labels.objectif }} » manque à sa promesse, et cela dure encore (${FRANCAIS[courte]}). À ce rythme, le budget de ${jours} jours est dépensé en ${duree(jours / facteur)}."
          runbook: docs/astreinte.md#${alerte.toLowerCase()}
`;
  }
  return texte;
}

function duree(enJours) {
  const heures = Math.round(enJours * 24);
  return enJours < 2 ? `${heures} heures` : `${Math.round(enJours)} jours`;
}

/** The lines of docs/slo.md that say what is promised. */
function tableau() {
  const part = (cible) => `${String(Number((cible * 100).toFixed(2))).replace('.', ',')} %`;
  const delai = (secondes) => (secondes === undefined ? '–' : secondes < 60 ? `${String(secondes).replace('.', ',')} s` : `${secondes / 60} min`);
  const lignes = objectifs.map((un) =>
    `| \`${un.nom}\` | ${un.classe} | ${un.promesse} | ${delai(un.secondes)} | ${part(un.cible)} | ${part(1 - un.cible)} | ${un.plancher} |`);
  return ['| Objectif | Ce qui est compté | Promesse | En moins de | Part | Budget d’erreur | Plancher |', '|---|---|---|---|---|---|---|', ...lignes].join('\n');
}

/** The exact expressions, for docs/slo.md. */
function expressions() {
  return objectifs.map((un) => {
    const { evenements, manques } = comptes(un);
    return `# ${un.nom}\nobjectif:evenements:total  =  ${evenements}\nobjectif:manques:total     =  ${manques}`;
  }).join('\n\n');
}

function entre(fichier, marque, contenu) {
  const texte = readFileSync(join(racine, fichier), 'utf8');
  const [debut, fin] = [`<!-- ${marque} : début -->`, `<!-- ${marque} : fin -->`];
  const [avant, apres] = [texte.indexOf(debut), texte.indexOf(fin)];
  if (avant < 0 || apres < avant) throw new Error(`${fichier} : il manque les marques « ${marque} »`);
  return `${texte.slice(0, avant + debut.length)}\n${contenu}\n${texte.slice(apres)}`;
}

function fichiers() {
  const slo = entre('docs/slo.md', 'objectifs', tableau());
  const avecExpressions = () => {
    const [debut, fin] = ['<!-- expressions : début -->', '<!-- expressions : fin -->'];
    return `${slo.slice(0, slo.indexOf(debut) + debut.length)}\n\`\`\`promql\n${expressions()}\n\`\`\`\n${slo.slice(slo.indexOf(fin))}`;
  };
  const faits = {
    'supervision/prometheus/regles/mesures.yml': mesures(),
    'supervision/prometheus/regles/objectifs.yml': alertes(),
    'supervision/prometheus/essais/objectifs-vite.yml': ENTETE + essaisVites(objectifs, borne),
    'supervision/prometheus/essais/objectifs-lents.yml': ENTETE + essaisLents(),
    'docs/slo.md': avecExpressions(),
  };
  for (const tableau of tableaux(objectifs, jours)) {
    faits[`supervision/grafana/${tableau.uid.replace('gardel-', '')}.json`] = `${JSON.stringify(tableau, null, 2)}\n`;
  }
  return faits;
}

const verifie = process.argv.includes('--verifie');
const differents = [];
for (const [fichier, contenu] of Object.entries(fichiers())) {
  const chemin = join(racine, fichier);
  let present = '';
  try { present = readFileSync(chemin, 'utf8'); } catch { /* not yet there */ }
  if (present === contenu) continue;
  differents.push(fichier);
  if (!verifie) {
    mkdirSync(dirname(chemin), { recursive: true });
    writeFileSync(chemin, contenu);
  }
}
for (const fichier of differents) console.log(`${verifie ? 'à engendrer de nouveau' : 'écrit'} : ${fichier}`);
if (verifie && differents.length) {
  console.error('Ces fichiers ne suivent plus supervision/objectifs.json ou supervision/tableaux.mjs : node supervision/engendre.mjs');
  process.exit(1);
}
