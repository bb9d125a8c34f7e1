// The table of objectives of each step of bin/charge: node tests/charge/tableau.mjs OBJECTIVES REPORT… prints it, then the knee.
// A report is named bilan-FACTOR.json. With --rompu, says instead whether an objective is missed (status 0: one is).
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';

// Under so few events a share says nothing.
const PLANCHER = 20;
const [mode, ...reste] = process.argv.slice(2);
const rompu = mode === '--rompu';
const [objectifs, ...bilans] = rompu ? reste : [mode, ...reste];
const promis = JSON.parse(await readFile(objectifs)).objectifs.filter((un) => un.secondes !== undefined);
const nombre = (valeur, decimales = 0) => valeur.toLocaleString('fr-FR', { minimumFractionDigits: decimales, maximumFractionDigits: decimales }).replaceAll(' ', ' ');
const part = (ligne) => ligne.tenus / ligne.total;
const juge = (un, ligne) => (ligne.total < PLANCHER ? null : part(ligne) >= un.cible);
const temps = (secondes) => (secondes === null ? '–' : secondes < 10 ? `${nombre(secondes * 1000)} ms` : `${nombre(secondes, 1)} s`);

const pas = await Promise.all(bilans.map(async (chemin) => ({ facteur: Number(/bilan-(\d+)\.json$/.exec(basename(chemin))[1]), ...JSON.parse(await readFile(chemin)) })));
pas.sort((un, autre) => un.facteur - autre.facteur);
const manques = (un) => promis.filter((objectif) => juge(objectif, un.objectifs[objectif.nom]) === false);
if (rompu) process.exit(pas.some((un) => manques(un).length > 0) ? 0 : 1);

for (const un of pas) {
  const demandes = Object.values(un.objectifs).reduce((somme, ligne) => somme + ligne.total, 0);
  console.log(`\n**${un.facteur} ×** : ${nombre(demandes / un.secondes)} demandes par seconde pendant ${nombre(un.secondes)} s.\n`);
  console.log('| Objectif | Demandes | Tenues | Promis | 50 % | 95 % | 99 % | Refusées |\n|---|---|---|---|---|---|---|---|');
  for (const objectif of promis) {
    const ligne = un.objectifs[objectif.nom];
    if (ligne.total === 0) continue;
    const verdict = juge(objectif, ligne);
    const tenues = `${nombre(part(ligne) * 100, 2)} %${verdict === false ? ' : manqué' : verdict === null ? ' (trop peu pour juger)' : ''}`;
    console.log(`| \`${objectif.nom}\`, en moins de ${nombre(objectif.secondes, objectif.secondes % 1 ? 1 : 0)} s | ${nombre(ligne.total)} | ${tenues} | ${nombre(objectif.cible * 100, objectif.cible * 100 % 1 ? 1 : 0)} % | ${temps(ligne.p50)} | ${temps(ligne.p95)} | ${temps(ligne.p99)} | ${nombre(ligne.refus)} |`);
  }
}
const casse = pas.find((un) => manques(un).length > 0);
const tient = pas.filter((un) => casse === undefined || un.facteur < casse.facteur).at(-1);
console.log(casse === undefined
  ? `\nAucun objectif n’est manqué à ${tient.facteur} × : le genou est plus loin.`
  : `\nLe genou est entre ${tient === undefined ? '0' : tient.facteur} × et ${casse.facteur} × : à ${casse.facteur} ×, ${manques(casse).map((un) => `\`${un.nom}\``).join(', ')} ${manques(casse).length > 1 ? 'sont manqués' : 'est manqué'}.`);
