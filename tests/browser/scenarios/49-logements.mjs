// What happens to a lodging, by the keyboard alone: closed for a time, then given to another host, and back.
import assert from 'node:assert/strict';
import axe from 'axe-core';
import { scenario } from '../cadre.mjs';
import { calme, jusqua, sansDefilementHorizontal } from '../outils.mjs';

const COMPTE = 'admin.riviera';
const message = (page, mots) => jusqua(() => page.locator('#messages, main').first().innerText().then((texte) => texte.includes(mots)), `« ${mots} »`);

async function sansFaute(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag22aa'] }));
  assert.deepEqual(violations.map(({ id, nodes }) => `${id} ${nodes[0].html}`), [], 'aucune faute d’accessibilité');
}

// The tab key, until what is wanted has the focus.
async function jusquA(page, cible) {
  for (let pas = 0; pas < 150; pas += 1) {
    if (await page.evaluate((cible) => document.activeElement?.matches(cible) ?? false, cible)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`la tabulation n’atteint pas ${cible}`);
}

async function taper(page, champ, texte) {
  await jusquA(page, champ);
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type(texte);
}

async function valider(page, bouton) {
  await jusquA(page, bouton);
  await page.keyboard.press('Enter');
  await page.waitForLoadState();
}

// The file of a lodging that no other scenario of the same run writes on.
async function ouvrirFiche(page, rang, js) {
  await page.goto('/logements?tri=nom');
  if (js) await calme(page);
  const chemin = (await page.locator('#liste tbody th a').nth(rang).getAttribute('href')).replace(/[?#].*/, '');
  await page.goto(chemin);
  return chemin;
}

scenario('au clavier, une fermeture se pose, se corrige, se retire et revient', { compte: COMPTE, ecrit: true }, async ({ page, js }) => {
  const chemin = await ouvrirFiche(page, js ? 8 : 9, js);
  await valider(page, '#fermetures a.bouton');
  await page.waitForURL(/fermetures\/nouvelle$/);
  if (js) await sansFaute(page);
  // Refused: what was typed stays, the summary says why.
  await taper(page, '#debut', '10/01/2027');
  await taper(page, '#fin', '01/01/2027');
  await taper(page, '#motif', 'Peinture');
  await page.keyboard.press('Enter');
  await page.waitForLoadState();
  await jusqua(async () => (await page.locator('.message.erreur li').count()) === 1, 'le résumé des erreurs');
  assert.equal(await page.locator('#motif').inputValue(), 'Peinture');
  await taper(page, '#fin', '31 janvier 2027');
  await page.keyboard.press('Enter');
  await message(page, 'La fermeture est enregistrée');
  assert.equal(new URL(page.url()).pathname, chemin);
  const ligne = page.locator('#fermetures li').first();
  assert.match(await ligne.innerText(), /Du 10 janvier 2027 au 31 janvier 2027\s*:\s*Peinture/);
  if (js) await sansFaute(page);
  await valider(page, '#fermetures li a[aria-label^="Corriger"]');
  await page.waitForURL(/fermetures\/\d+$/);
  await taper(page, '#motif', 'Plomberie');
  await page.keyboard.press('Enter');
  await message(page, 'La fermeture est corrigée');
  await valider(page, '#fermetures li form button');
  await message(page, 'La fermeture est retirée');
  assert.equal(await page.locator('#fermetures li').count(), 0);
  await valider(page, '.message form button');
  await message(page, 'tout est comme avant');
  assert.match(await ligne.innerText(), /Plomberie/);
  await sansDefilementHorizontal(page, chemin);
});

scenario('au clavier, un logement change d’hébergeur, chacun garde ce qu’il doit, et cela s’annule', { compte: COMPTE, ecrit: true }, async ({ page, js }) => {
  const chemin = await ouvrirFiche(page, js ? 10 : 11, js);
  const avant = (await page.locator('dl.fiche a[href^="/hebergeurs/"]').first().innerText()).trim();
  await page.goto('/hebergeurs');
  if (js) await calme(page);
  const autre = await page.locator('#liste tbody tr', { hasNotText: avant }).first().locator('td[data-libelle="Numéro"]').innerText();
  await page.goto(chemin);
  await valider(page, '#f-changer-hebergeur');
  await page.waitForURL(/\/hebergeur$/);
  if (js) await sansFaute(page);
  await taper(page, '#hebergeur_id', autre.trim());
  await taper(page, '#jour', '01/07/2026');
  await taper(page, '#motif', 'Vente');
  await page.keyboard.press('Enter');
  await jusqua(async () => (await page.locator('main table tbody tr').count()) === 2, 'ce que chacun doit');
  if (js) await sansFaute(page);
  await sansDefilementHorizontal(page, `${chemin}/hebergeur`);
  await valider(page, 'button[value=confirmer]');
  await message(page, 'à compter du 1er juillet 2026');
  assert.ok((await page.locator('#hebergeurs-avant li').first().innerText()).includes(avant));
  assert.notEqual((await page.locator('dl.fiche a[href^="/hebergeurs/"]').first().innerText()).trim(), avant);
  if (js) await sansFaute(page);
  await valider(page, '#hebergeurs-avant form button');
  await message(page, 'Le changement est annulé');
  assert.equal((await page.locator('dl.fiche a[href^="/hebergeurs/"]').first().innerText()).trim(), avant);
});
