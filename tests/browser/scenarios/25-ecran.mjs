// A list shows work: where the first row stands, how many rows are seen, one scroll bar, what stays.
import assert from 'node:assert/strict';
import { verification } from '../cadre.mjs';
import { calme, etatDe, jusqua, ouvrirListe } from '../outils.mjs';

const TOUT = 'admin.archipel';
const UNE_COMMUNE = 'agent.gosier';
// The question of a working day, and the lists with their usual filters.
const USUELS = ['/sejours?statut=a_verifier&periode=mois_dernier', '/logements', '/hebergeurs?q=saint', '/communes'];

async function page({ navigateur, ouvrir }, compte, taille, options = {}) {
  const context = await ouvrir({ js: true, taille, etat: await etatDe(navigateur, compte), ...options });
  return context.newPage();
}

// Where the rows stand: top of the first, rows wholly inside the window.
const rangs = (feuille) => feuille.locator('#liste tbody tr').evaluateAll((lignes) => {
  const boites = lignes.map((ligne) => ligne.getBoundingClientRect());
  return { haut: boites[0].top, hauteur: Math.max(...boites.map(({ height }) => height)), vues: boites.filter(({ bottom }) => bottom <= innerHeight).length, toutes: boites.length };
});

for (const [taille, lignes] of [[{ width: 1440, height: 900 }, 20], [{ width: 1366, height: 768 }, 14], [{ width: 1920, height: 1080 }, 24]]) {
  for (const compte of [TOUT, UNE_COMMUNE]) {
    verification(`à ${taille.width} × ${taille.height}, le travail avant le décor (${compte})`, async (outils) => {
      const feuille = await page(outils, compte, taille);
      for (const chemin of USUELS) {
        await ouvrirListe(feuille, chemin);
        const { haut, hauteur, vues, toutes } = await rangs(feuille);
        assert.ok(haut <= 240, `${chemin} : la première ligne est à ${haut} px du haut`);
        assert.ok(hauteur <= 33, `${chemin} : une ligne a ${hauteur} px de haut`);
        assert.ok(vues >= Math.min(lignes, toutes), `${chemin} : ${vues} lignes visibles`);
      }
    });
  }
}

verification('à 360 px, la première carte tient dans le premier écran', async (outils) => {
  const feuille = await page(outils, UNE_COMMUNE, { width: 360, height: 740 });
  for (const chemin of USUELS.slice(0, 3)) {
    await ouvrirListe(feuille, chemin);
    const bas = await feuille.locator('#liste tbody tr').first().evaluate((carte) => carte.getBoundingClientRect().bottom);
    assert.ok(bas <= 740, `${chemin} : la première carte finit à ${bas} px`);
  }
});

verification('l’en-tête et la première colonne restent, la page seule défile', async (outils) => {
  const feuille = await page(outils, TOUT, { width: 1440, height: 900 });
  await ouvrirListe(feuille, '/sejours');
  const bandes = () => feuille.evaluate(() => [...document.querySelectorAll('main *')].filter((element) => {
    if (element.closest('details:not([open])')) return false;
    const { overflowY, overflowX } = getComputedStyle(element);
    return (/auto|scroll/.test(overflowY) && element.scrollHeight > element.clientHeight + 1) || (/auto|scroll/.test(overflowX) && element.scrollWidth > element.clientWidth + 1);
  }).map((element) => element.className));
  assert.deepEqual(await bandes(), [], 'aucune seconde barre de défilement');
  assert.ok(await feuille.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), 'rien ne déborde sur le côté');
  await feuille.evaluate(() => scrollTo(0, 900));
  await jusqua(async () => Math.abs(await feuille.locator('#liste thead th').first().evaluate((titre) => titre.getBoundingClientRect().top)) < 1, 'l’en-tête en haut de la fenêtre');
  // A window too narrow for the table: it is the window that scrolls sideways.
  await feuille.setViewportSize({ width: 900, height: 800 });
  await feuille.evaluate(() => scrollTo(300, 900));
  const coin = await feuille.locator('#liste thead th').first().boundingBox();
  const nom = await feuille.locator('#liste tbody th').nth(20).boundingBox();
  assert.ok(coin.y < 1 && Math.abs(coin.x) < 1 && Math.abs(nom.x) < 1, `le coin et la première colonne restent (${coin.x}, ${coin.y}, ${nom.x})`);
  assert.deepEqual(await bandes(), []);
});

verification('un élément qui reçoit le focus n’est pas sous l’en-tête', async (outils) => {
  const feuille = await page(outils, UNE_COMMUNE, { width: 1440, height: 900 });
  await ouvrirListe(feuille, '/sejours');
  await feuille.evaluate(() => scrollTo(0, 1000));
  const liens = feuille.locator('#liste tbody th a');
  await liens.nth(45).focus();
  for (let pas = 0; pas < 30; pas += 1) {
    await feuille.keyboard.press('ArrowUp');
    const [haut, titre] = await feuille.evaluate(() => [document.activeElement.getBoundingClientRect().top, document.querySelector('#liste thead').getBoundingClientRect().bottom]);
    assert.ok(haut >= titre - 1, `le lien est à ${haut} px, sous l’en-tête qui finit à ${titre} px`);
  }
});

verification('ce qui ne peut rien changer n’est pas montré', async (outils) => {
  const seule = await page(outils, UNE_COMMUNE, { width: 1440, height: 900 });
  await ouvrirListe(seule, '/sejours');
  assert.equal(await seule.locator('#filtres [name=commune], #filtres [name=epci]').count(), 0, 'ni commune ni EPCI pour une commune');
  assert.equal(await seule.locator('#liste thead th').filter({ hasText: /^\s*Commune/ }).count(), 0, 'pas de colonne qui répète la même valeur');
  await ouvrirListe(seule, '/sejours?colonnes=reference.commune');
  assert.equal(await seule.locator('#liste thead th').filter({ hasText: /^\s*Commune/ }).count(), 1, 'elle reste à qui la demande');
  const toutes = await page(outils, TOUT, { width: 1440, height: 900 });
  await ouvrirListe(toutes, '/sejours');
  assert.ok((await toutes.locator('#filtres [name=commune]').count()) > 1);
  assert.equal(await toutes.locator('#liste thead th').filter({ hasText: /^\s*Commune/ }).count(), 1);
});

verification('revenir d’une fiche retrouve la ligne, sa place et le focus', async (outils) => {
  const feuille = await page(outils, UNE_COMMUNE, { width: 1440, height: 900 });
  // The oldest first: what other scenarios enter or validate meanwhile takes no row away from here.
  await ouvrirListe(feuille, '/sejours?tri=debut');
  const lien = feuille.locator('#liste tbody th a').nth(30);
  await lien.scrollIntoViewIfNeeded();
  const adresse = await lien.getAttribute('href');
  const hauteur = () => feuille.locator(`#liste tbody th a[href="${adresse}"]`).evaluate((element) => element.closest('tr').getBoundingClientRect().top);
  const avant = await hauteur();
  await lien.click();
  await jusqua(() => new URL(feuille.url()).pathname === adresse, 'la fiche');
  await feuille.goBack();
  await jusqua(() => feuille.evaluate((cible) => document.activeElement?.getAttribute('href') === cible, adresse), 'le focus sur la ligne quittée');
  await calme(feuille);
  const apres = await hauteur();
  assert.ok(Math.abs(apres - avant) < 3, `la ligne était à ${avant} px, elle est à ${apres} px`);
});
