// Makes static/vendor/icones.svg, the one external sprite, from the icons named in
// static/icones.txt. An unknown name stops the build: an icon that silently shows nothing is
// found by a user, months later.
import { mkdir, readFile, writeFile } from 'node:fs/promises';

const racine = new URL('../', import.meta.url);
const lire = (chemin) => readFile(new URL(chemin, racine), 'utf8');

const noms = (await lire('static/icones.txt'))
  .split('\n')
  .map((ligne) => ligne.trim())
  .filter((ligne) => ligne && !ligne.startsWith('#'));
const doubles = noms.filter((nom, rang) => noms.indexOf(nom) !== rang);
if (doubles.length) throw new Error(`static/icones.txt : en double : ${doubles.join(', ')}`);

const symboles = await Promise.all(noms.map(async (nom) => {
  const source = await lire(`node_modules/lucide-static/icons/${nom}.svg`).catch(() => {
    throw new Error(`static/icones.txt : « ${nom} » n'existe pas dans lucide-static.`);
  });
  const dessin = source.match(/<svg[^>]*>([\s\S]*)<\/svg>/)?.[1];
  if (!dessin) throw new Error(`${nom}.svg : dessin introuvable.`);
  return `<symbol id="i-${nom}" viewBox="0 0 24 24">${dessin.replace(/>\s+</g, '><').trim()}</symbol>`;
}));

const { version } = JSON.parse(await lire('node_modules/lucide-static/package.json'));
// Stroke settings stand on the root: a <use> inherits from where it is used, so app.css repeats
// them for `svg.icone`; here they only serve whoever opens the file itself.
const sprite = `<!-- lucide ${version}, licence ISC -->\n`
  + '<svg xmlns="http://www.w3.org/2000/svg" fill="none" stroke="currentColor" stroke-width="2" '
  + `stroke-linecap="round" stroke-linejoin="round">\n${symboles.join('\n')}\n</svg>\n`;

// Written only when it changes: a newer date would rebuild the binary that embeds it.
const cible = new URL('static/vendor/icones.svg', racine);
const avant = await readFile(cible, 'utf8').catch(() => null);
if (avant !== sprite) {
  await mkdir(new URL('static/vendor/', racine), { recursive: true });
  await writeFile(cible, sprite);
}
console.log(`   ${noms.length} icônes dans static/vendor/icones.svg`);
