// Nothing moves under the finger: the layout shift of each page, on a telephone and on a desk. Blocking time depends on
// the machine: it is for a bench, not for a test.
import assert from 'node:assert/strict';
import { verification } from '../cadre.mjs';
import { calme, etatDe } from '../outils.mjs';

const DEPLACEMENT_MAX = 0.05;
const TELEPHONE = { width: 412, height: 823 };
const BUREAU = { width: 1440, height: 900 };
const PAGES = ['/', '/sejours', '/sejours?statut=a_verifier&periode=mois_dernier', '/logements', '/hebergeurs'];

async function mesurer({ navigateur, ouvrir }, taille, chemin) {
  const context = await ouvrir({ js: true, taille, etat: await etatDe(navigateur, 'admin.riviera') });
  const page = await context.newPage();
  await page.addInitScript(() => {
    globalThis.__mesures = { deplacement: 0, qui: [] };
    new PerformanceObserver((liste) => liste.getEntries().forEach((entree) => {
      if (entree.hadRecentInput) return;
      __mesures.deplacement += entree.value;
      __mesures.qui.push(...entree.sources.map(({ node }) => node?.id || node?.className || node?.nodeName));
    })).observe({ type: 'layout-shift', buffered: true });
  });
  await page.goto(chemin);
  await calme(page);
  await page.evaluate(() => new Promise((suite) => { requestIdleCallback(suite); }));
  return page.evaluate(() => globalThis.__mesures);
}

for (const [appareil, taille] of [['téléphone', TELEPHONE], ['bureau', BUREAU]]) {
  verification(`sur un ${appareil}, rien ne se déplace`, async (outils) => {
    const fautes = [];
    for (const chemin of PAGES) {
      const { deplacement, qui } = await mesurer(outils, taille, chemin);
      if (deplacement > DEPLACEMENT_MAX) fautes.push(`${chemin} : déplacement de ${deplacement.toFixed(3)} (${[...new Set(qui)].join(', ')})`);
    }
    assert.deepEqual(fautes, []);
  });
}
