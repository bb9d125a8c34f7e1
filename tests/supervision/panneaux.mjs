// The expressions of every panel and variable of supervision/grafana, as a running Prometheus would be asked them.
//
//   node tests/supervision/panneaux.mjs regles                   as recording rules, for `promtool check rules`
//   node tests/supervision/panneaux.mjs interroge URL DEBUT PAS [SANS…]   each must have had a value since DEBUT (seconds of the epoch);
//                                                                 an expression that holds a word of SANS is left out, and said
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const dossier = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'supervision/grafana');

function expressions(intervalle) {
  const toutes = [];
  for (const fichier of readdirSync(dossier).filter((nom) => nom.endsWith('.json'))) {
    const tableau = JSON.parse(readFileSync(join(dossier, fichier), 'utf8'));
    for (const panneau of tableau.panels) {
      for (const cible of panneau.targets) {
        const expr = cible.expr.replaceAll('$__rate_interval', intervalle).replaceAll(/\$\w+/g, '.*');
        toutes.push({ ou: `${tableau.title} › ${panneau.title}`, expr });
      }
    }
    for (const variable of tableau.templating.list.filter((une) => une.type === 'query')) {
      const [, serie] = /^label_values\((.*), \w+\)$/.exec(variable.query.query);
      toutes.push({ ou: `${tableau.title} › variable ${variable.label}`, expr: serie });
    }
  }
  return toutes;
}

const [quoi, url, debut, pas, ...sans] = process.argv.slice(2);
if (quoi === 'regles') {
  console.log('groups:\n  - name: panneaux\n    rules:');
  expressions('5m').forEach(({ expr }, n) => console.log(`      - record: panneau:expression\n        labels: {n: "${n}"}\n        expr: ${JSON.stringify(expr)}`));
} else if (quoi === 'interroge') {
  let [vides, vus, laisses] = [0, 0, 0];
  for (const { ou, expr } of expressions(`${Math.max(4, 4 * Number(pas))}s`)) {
    const mot = sans.find((un) => expr.includes(un));
    if (mot) {
      laisses += 1;
      console.log(`laissé de côté (${mot}) : ${ou}`);
      continue;
    }
    const corps = new URLSearchParams({ query: expr, start: debut, end: String(Date.now() / 1000), step: String(Math.max(Number(pas), (Date.now() / 1000 - Number(debut)) / 5000)) });
    const reponse = await (await fetch(`${url}/api/v1/query_range`, { method: 'POST', body: corps })).json();
    const valeurs = reponse.status === 'success' ? reponse.data.result.flatMap((serie) => serie.values.map(([, valeur]) => valeur)) : [];
    vus += 1;
    if (valeurs.some((valeur) => valeur !== 'NaN')) continue;
    vides += 1;
    console.error(`sans donnée : ${ou} : ${reponse.error ?? expr}`);
  }
  console.log(`${vus - vides} expressions sur ${vus} ont donné des valeurs${laisses ? `, ${laisses} laissées de côté` : ''}.`);
  if (vides) process.exit(1);
} else {
  throw new Error('regles ou interroge');
}
