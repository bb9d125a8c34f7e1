// What a running Prometheus says of its alerts.
//
//   node attend.mjs URL sonne SECONDES ALERTE…   until each of these has fired; says those that did not, and fails
//   node attend.mjs URL calme SECONDES ALERTE…   until none of these fires nor is about to; without a name, until nothing is
//   node attend.mjs URL cibles SECONDES          until every target answers
//   node attend.mjs URL bilan ALERTE DEBUT FIN    « A | B »: fired A seconds after DEBUT (epoch), silent B seconds after FIN; « – » for never
//   node attend.mjs URL page                     what is at this address; URL nombre: how many things its JSON holds
//   node attend.mjs URL textes                   every annotation that was shown is whole; prints how many
import { setTimeout as attendre } from 'node:timers/promises';

const [url, quoi, ...reste] = process.argv.slice(2);
const lit = async (chemin) => (await (await fetch(`${url}/api/v1/${chemin}`)).json()).data;
const sonnent = async () => (await lit('alerts')).alerts.filter((une) => une.state === 'firing').map((une) => une.labels.alertname);

async function jusque(secondes, vrai) {
  const fin = Date.now() + Number(secondes) * 1000;
  for (;;) {
    const manque = await vrai().catch((erreur) => [erreur.message]);
    if (!manque.length) return;
    if (Date.now() > fin) {
      console.error(manque.join(', '));
      process.exit(1);
    }
    await attendre(300);
  }
}

if (quoi === 'sonne') {
  const [secondes, ...noms] = reste;
  const vues = new Set();
  await jusque(secondes, async () => {
    for (const nom of await sonnent()) vues.add(nom);
    return noms.filter((nom) => !vues.has(nom));
  });
} else if (quoi === 'calme') {
  const [secondes, ...noms] = reste;
  await jusque(secondes, async () => (await lit('alerts')).alerts.map((une) => une.labels.alertname).filter((nom) => !noms.length || noms.includes(nom)));
} else if (quoi === 'cibles') {
  await jusque(reste[0], async () => (await lit('targets?state=active')).activeTargets.filter((une) => une.health !== 'up').map((une) => `${une.scrapePool} ${une.scrapeUrl} : ${une.lastError || 'pas encore lue'}`));
} else if (quoi === 'bilan') {
  const [alerte, debut, fin] = reste;
  const maintenant = Date.now() / 1000;
  const demande = new URLSearchParams({ query: `count(ALERTS{alertname="${alerte}",alertstate="firing"})`, start: debut, end: String(maintenant), step: '1' });
  const [serie] = (await lit(`query_range?${demande}`)).result;
  const instants = serie?.values.map(([instant]) => instant) ?? [];
  const dernier = instants.at(-1);
  const tue = dernier !== undefined && dernier < maintenant - 3;
  // The first silence after the end of the accident, of alerts that another accident makes fire again.
  let tait = null;
  if (tue) {
    const apres = new Set(instants.map(Math.round));
    tait = Math.round(Number(fin));
    while (apres.has(tait) && tait < maintenant) tait += 1;
  }
  console.log(`${instants.length ? Math.round(instants[0] - debut) : '–'} | ${tait === null ? '–' : Math.max(0, tait - Math.round(Number(fin)))}`);
} else if (quoi === 'textes') {
  const { groups } = await lit('rules?type=alert');
  const vues = groups.flatMap((groupe) => groupe.rules).flatMap((regle) => regle.alerts.map((une) => ({ ...une.annotations, nom: regle.name })));
  for (const une of vues) {
    for (const champ of ['summary', 'description', 'runbook']) {
      if (!une[champ] || /error expanding|<no value>|%!/.test(une[champ])) throw new Error(`${une.nom} : ${champ} : ${une[champ]}`);
    }
  }
  console.log(vues.length);
} else if (quoi === 'page') {
  process.stdout.write(await (await fetch(url)).text());
} else if (quoi === 'nombre') {
  console.log((await (await fetch(url)).json()).length);
} else {
  throw new Error('sonne, calme, cibles, bilan, textes, page ou nombre');
}
