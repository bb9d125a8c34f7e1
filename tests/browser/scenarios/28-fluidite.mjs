// Nothing moves under the finger, and a phone answers: layout shift and long tasks on a slowed processor.
import assert from 'node:assert/strict';
import { verification } from '../cadre.mjs';
import { calme, etatDe } from '../outils.mjs';

const DEPLACEMENT_MAX = 0.05;
// Beyond 50 ms a task keeps a finger waiting; their excess, added up.
const BLOCAGE_MS_MAX = 300;
const TELEPHONE = { width: 412, height: 823 };
const BUREAU = { width: 1440, height: 900 };
const PAGES = ['/', '/sejours', '/sejours?statut=a_verifier&periode=mois_dernier', '/logements', '/hebergeurs'];

async function mesurer({ navigateur, ouvrir }, taille, chemin, ralenti) {
  const context = await ouvrir({ js: true, taille, etat: await etatDe(navigateur, 'admin.riviera') });
  const page = await context.newPage();
  await page.addInitScript(() => {
    globalThis.__mesures = { deplacement: 0, blocage: 0, qui: [] };
    new PerformanceObserver((liste) => liste.getEntries().forEach((entree) => {
      if (entree.hadRecentInput) return;
      __mesures.deplacement += entree.value;
      __mesures.qui.push(...entree.sources.map(({ node }) => node?.id || node?.className || node?.nodeName));
    })).observe({ type: 'layout-shift', buffered: true });
    new PerformanceObserver((liste) => liste.getEntries().forEach(({ duration }) => { __mesures.blocage += Math.max(0, duration - 50); }))
      .observe({ type: 'longtask', buffered: true });
  });
  // Everything is in the cache of the browser first: what is measured is the page.
  await page.goto(chemin);
  await calme(page);
  const cdp = await context.newCDPSession(page);
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: ralenti });
  await page.goto(chemin);
  await calme(page);
  await page.evaluate(() => new Promise((suite) => { requestIdleCallback(suite); }));
  return page.evaluate(() => globalThis.__mesures);
}

for (const [appareil, taille] of [['téléphone', TELEPHONE], ['bureau', BUREAU]]) {
  verification(`sur un ${appareil}, rien ne se déplace et rien ne bloque`, async (outils) => {
    const fautes = [];
    for (const chemin of PAGES) {
      const { deplacement, qui } = await mesurer(outils, taille, chemin, 4);
      if (deplacement > DEPLACEMENT_MAX) fautes.push(`${chemin} : déplacement de ${deplacement.toFixed(3)} (${[...new Set(qui)].join(', ')})`);
      // The best of three: what else this machine does is not the page's.
      const essais = [];
      for (let fois = 0; fois < 3; fois += 1) essais.push((await mesurer(outils, taille, chemin, 4)).blocage);
      if (Math.min(...essais) > BLOCAGE_MS_MAX) fautes.push(`${chemin} : ${Math.round(Math.min(...essais))} ms de blocage`);
    }
    assert.deepEqual(fautes, []);
  });
}
