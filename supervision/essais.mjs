// The tests of the objectives, for `promtool test rules`: what each one counts, then each alert made to fire, and each reason for
// which it must not.

/** Labels that a selector accepts: `class=~"page|fragment"` is `class="page"`; what it refuses is given another value. */
const AUTRES = { status_class: '2xx', class: 'list', method: 'POST' };
function etiquettes(filtre, ajouts = {}) {
  const vues = { instance: 'essai:9000', job: 'gardel' };
  for (const [, nom, signe, valeur] of filtre.matchAll(/(\w+)(=~|!~|!=|=)"([^"]*)"/g)) {
    vues[nom] = signe.startsWith('!') ? AUTRES[nom] : valeur.split('|')[0].replace('5..', '500');
  }
  return Object.entries({ ...vues, ...ajouts }).map(([nom, valeur]) => `${nom}="${valeur}"`).join(',');
}
const selecteur = (texte) => { const [, nom, filtre] = /^(\w+)\{(.*)\}$/.exec(texte); return { nom, filtre }; };

/** The raw series of an objective of which `manques` out of `tous` a minute miss what was promised, as long as said. */
function series(objectif, borne, etapes) {
  const suite = (par) => {
    let valeur = 0;
    return etapes.map((etape, rang) => {
      const pas = par(etape);
      const texte = `${valeur}${pas < 0 ? '-' : '+'}${Math.abs(pas)}x${etape.minutes - (rang ? 1 : 0)}`;
      valeur += pas * etape.minutes + (rang ? 0 : pas);
      return texte;
    }).join(' ');
  };
  if (objectif.temps) {
    const de = (fin, ajouts) => `${objectif.temps}_${fin}{${etiquettes(objectif.filtre, ajouts)}}`;
    return [
      [de('count'), suite(({ tous }) => tous)],
      [de('bucket', { le: borne(objectif.secondes) }), suite(({ tous, manques }) => tous - manques)],
    ];
  }
  const [total, mauvais] = [selecteur(objectif.total), selecteur(objectif.manques)];
  const bons = total.filtre.includes('status') || mauvais.filtre.includes('status') ? { status: '200' } : {};
  return [
    [`${total.nom}{${etiquettes(total.filtre, bons)}}`, suite(({ tous, manques }) => tous - manques)],
    [`${mauvais.nom}{${etiquettes(mauvais.filtre)}}`, suite(({ manques }) => manques)],
  ];
}

const attendu = (expression, moment, valeur) =>
  `      - expr: ${expression}\n        eval_time: ${moment}\n        exp_samples: ${valeur === null ? '[]' : `[{labels: '{}', value: ${valeur}}]`}\n`;
const sonne = (alerte, objectif) => `count(ALERTS{alertname="${alerte}",alertstate="firing",objectif="${objectif}"})`;

function essai(nom, entrees, attentes, pas = '1m') {
  const lignes = entrees.map(([serie, valeurs]) => `      - series: '${serie}'\n        values: '${valeurs}'\n`).join('');
  return `  - name: "${nom}"\n    interval: ${pas}\n    input_series:\n${lignes}    promql_expr_test:\n${attentes.join('')}`;
}

const tete = (intervalle) => `
rule_files:
  - ../regles/mesures.yml
  - ../regles/objectifs.yml

evaluation_interval: ${intervalle}

# promtool évalue tout au même pas, dans un ordre à lui : chaque groupe lit ici ce que le précédent vient d’écrire.
group_eval_order: [gardel-objectifs, gardel-objectifs-comptes, gardel-objectifs-pas, gardel-objectifs-fenetres, gardel-budgets]

tests:
`;

export function essaisVites(objectifs, borne) {
  const liste = objectifs.find((un) => un.nom === 'listes');
  const comptes = objectifs.map((un) => essai(
    `${un.nom} : un dixième de ce qui est compté manque à la promesse, puis plus rien`,
    series(un, borne, [{ minutes: 130, tous: 200, manques: 20 }, { minutes: 130, tous: 200, manques: 0 }]),
    [
      attendu(`count(objectif:manques:ratio1h{objectif="${un.nom}"} > 0.0999 < 0.1001)`, '2h', 1),
      attendu(`count(objectif:manques:ratio1h{objectif="${un.nom}"} == 0)`, '4h', 1),
    ],
  ));
  const slow = (...etapes) => series(liste, borne, etapes);
  return tete('1m') + [
    ...comptes,
    essai('la moitié des listes tardent : GardelBudgetTresVite et GardelBudgetVite',
      slow({ minutes: 400, tous: 100, manques: 50 }, { minutes: 400, tous: 100, manques: 0 }), [
        attendu(sonne('GardelBudgetTresVite', 'listes'), '1h10m', 1),
        attendu(sonne('GardelBudgetVite', 'listes'), '6h30m', 1),
        attendu(sonne('GardelBudgetTresVite', 'pages'), '1h10m', null),
        // La longue fenêtre est encore mauvaise, la courte ne l'est plus.
        attendu(sonne('GardelBudgetTresVite', 'listes'), '6h55m', null),
        attendu(sonne('GardelBudgetVite', 'listes'), '7h30m', null),
      ]),
    essai('une liste sur dix tarde : GardelBudgetVite, mais pas GardelBudgetTresVite',
      slow({ minutes: 500, tous: 100, manques: 10 }), [
        attendu(sonne('GardelBudgetTresVite', 'listes'), '7h', null),
        attendu(sonne('GardelBudgetVite', 'listes'), '7h', 1),
      ]),
    essai('cinq listes par heure, toutes lentes : trop peu pour réveiller quelqu’un',
      slow({ minutes: 500, tous: 0.08, manques: 0.08 }), [
        attendu(sonne('GardelBudgetTresVite', 'listes'), '2h', null),
        attendu(sonne('GardelBudgetVite', 'listes'), '7h', null),
      ]),
    essai('une liste sur vingt tarde : ni l’une ni l’autre',
      slow({ minutes: 500, tous: 100, manques: 5 }), [
        attendu(sonne('GardelBudgetTresVite', 'listes'), '7h', null),
        attendu(sonne('GardelBudgetVite', 'listes'), '7h', null),
      ]),
  ].join('');
}

export function essaisLents() {
  const [compte, seau] = ['count', 'bucket'].map((fin) =>
    `gardel_http_request_duration_seconds_${fin}{instance="essai:9000",job="gardel",class="list",status_class="2xx"${fin === 'bucket' ? ',le="0.5"' : ''}}`);
  const cinq = (etapes) => {
    return [[compte, (etape) => etape.tous], [seau, (etape) => etape.tous - etape.manques]].map(([nom, par]) => {
      let valeur = 0;
      const valeurs = etapes.map((etape, rang) => {
        const texte = `${valeur}+${par(etape)}x${etape.fois - (rang ? 1 : 0)}`;
        valeur += par(etape) * etape.fois + (rang ? 0 : par(etape));
        return texte;
      }).join(' ');
      return [nom, valeurs];
    });
  };
  // A step every minute: 1440 a day.
  const jours = (nombre, tous, manques) => ({ fois: nombre * 1440, tous, manques });
  return tete('5m') + [
    essai('4 % des listes tardent deux jours : GardelBudgetSoutenu, puis GardelBudgetLent ; aucune ensuite : plus rien',
      cinq([jours(2, 100, 4), jours(2, 100, 0)]), [
        attendu(sonne('GardelBudgetVite', 'listes'), '46h', null),
        attendu(sonne('GardelBudgetSoutenu', 'listes'), '46h', 1),
        attendu(sonne('GardelBudgetLent', 'listes'), '46h', 1),
        attendu(sonne('GardelBudgetSoutenu', 'listes'), '51h', null),
        attendu(sonne('GardelBudgetLent', 'listes'), '55h', null),
      ]),
    essai('2 % des listes tardent quatre jours : GardelBudgetLent seule',
      cinq([jours(4, 100, 2)]), [
        attendu(sonne('GardelBudgetSoutenu', 'listes'), '90h', null),
        attendu(sonne('GardelBudgetLent', 'listes'), '90h', 1),
        // Deux fois le budget : il en reste moins que rien.
        attendu('count(objectif:budget_restant:ratio28d{objectif="listes"} < -0.99 > -1.01)', '90h', 1),
      ]),
    essai('moins d’une liste sur cent tarde : le budget sert, rien ne sonne',
      cinq([jours(4, 1000, 9)]), [
        attendu(sonne('GardelBudgetSoutenu', 'listes'), '90h', null),
        attendu(sonne('GardelBudgetLent', 'listes'), '90h', null),
      ]),
    essai('quelques listes par jour, toutes lentes : sous le plancher',
      cinq([jours(4, 0.01, 0.01)]), [
        attendu(sonne('GardelBudgetSoutenu', 'listes'), '90h', null),
        attendu(sonne('GardelBudgetLent', 'listes'), '90h', null),
      ]),
  ].join('');
}
