// Pictures of every screen, to be looked at by people: light and dark, wide and narrow, with and
// without JavaScript, into var/captures. Words given on the command line choose screens.
import { mkdir } from 'node:fs/promises';
import { CAPTURES } from './cadre.mjs';
import { adresse, ECRANS } from './ecrans.mjs';
import { calme, ETROIT, etatDe, LARGE, nouveauContexte, ouvrirNavigateur } from './outils.mjs';

const mots = process.argv.slice(2);
const choisis = ECRANS.filter(({ chemin }) => !mots.length || mots.some((mot) => chemin.includes(mot)));
await mkdir(CAPTURES, { recursive: true });
const navigateur = await ouvrirNavigateur();
let nombre = 0;
for (const ecran of choisis) {
  for (const compte of ecran.comptes) {
    for (const js of [true, false]) {
      const context = await nouveauContexte(navigateur, { js, etat: compte ? await etatDe(navigateur, compte) : undefined });
      const page = await context.newPage();
      await page.goto(await adresse(context, ecran));
      await calme(page);
      for (const taille of [LARGE, ETROIT]) {
        for (const colorScheme of ['light', 'dark']) {
          await page.setViewportSize(taille);
          await page.emulateMedia({ colorScheme });
          const nom = [
            ecran.chemin.replace(/[^\w]+/g, '-').replace(/^-|-$/g, '') || 'accueil',
            compte ?? 'anonyme', taille.width, colorScheme === 'light' ? 'clair' : 'sombre', js ? 'js' : 'sans-js',
          ].join('_');
          await page.screenshot({ path: `${CAPTURES}${nom}.png`, fullPage: true });
          nombre += 1;
        }
      }
      context.incidents.forEach((incident) => console.log(`!  ${ecran.chemin} : ${incident}`));
      await context.close();
    }
  }
}
await navigateur.close();
console.log(`${nombre} captures dans var/captures`);
