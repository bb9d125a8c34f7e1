// The browser tests: node tests/browser/run.mjs [words of a name…], against ESSAI_URL.
import { readdir } from 'node:fs/promises';
import { toutJouer } from './cadre.mjs';

const dossier = new URL('scenarios/', import.meta.url);
const fichiers = (await readdir(dossier)).filter((nom) => nom.endsWith('.mjs')).sort();
for (const fichier of fichiers) await import(new URL(fichier, dossier));
await import('./audit.mjs');

const reussi = await toutJouer(process.argv.slice(2)).catch((erreur) => {
  console.error(`Erreur : ${erreur.message}`);
  return false;
});
process.exit(reussi ? 0 : 1);
