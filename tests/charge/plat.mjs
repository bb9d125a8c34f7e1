// Whether what bin/charge --endurance looked at stayed flat: node tests/charge/plat.mjs MEASURES prints a table; status 1 when something
// grows: the middle of the last quarter beside that of the second one (the first is that of the warming).
import { readFile } from 'node:fs/promises';

const NOMS = ['serveur web : mémoire (Kio)', 'serveur web : fichiers ouverts', 'ouvrier 1 : mémoire (Kio)', 'ouvrier 1 : fichiers ouverts', 'ouvrier 2 : mémoire (Kio)',
  'ouvrier 2 : fichiers ouverts', 'connexions à PostgreSQL', 'lignes mortes', 'fichiers du dossier temporaire'];
const mesures = (await readFile(process.argv[2], 'utf8')).trim().split('\n').map((ligne) => ligne.split(' ').slice(1).map(Number));
const quart = Math.floor(mesures.length / 4);
if (quart < 1) throw new Error(`${mesures.length} mesures seulement : il en faut quatre au moins.`);
const milieu = (colonne, debut) => mesures.slice(debut, debut + quart).map((une) => une[colonne]).sort((a, b) => a - b)[Math.floor(quart / 2)];
const nombre = (valeur) => valeur.toLocaleString('fr-FR');
console.log('| Ce qui doit rester plat | Deuxième quart | Dernier quart | |\n|---|---|---|---|');
let fautes = 0;
NOMS.forEach((nom, colonne) => {
  const avant = milieu(colonne, quart);
  const apres = milieu(colonne, mesures.length - quart);
  // Dead rows come and go with the vacuum of PostgreSQL; a few files and connections more or less are no growth.
  const plat = apres <= avant * (nom === 'lignes mortes' ? 2 : 1.1) + 16;
  fautes += plat ? 0 : 1;
  console.log(`| ${nom} | ${nombre(avant)} | ${nombre(apres)} | ${plat ? 'plat' : 'monte'} |`);
});
process.exit(fautes > 0 ? 1 : 0);
