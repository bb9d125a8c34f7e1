// Entering and correcting: a stay by the keyboard alone, its tax before one's eyes, and nothing typed left by a slip.
import assert from 'node:assert/strict';
import { scenario } from '../cadre.mjs';
import { calme, jusqua, seConnecter } from '../outils.mjs';

const jour = (page, nom, texte) => page.locator(`#${nom}`).fill(texte);

scenario('un séjour se saisit au clavier, et sa taxe se calcule pendant qu’on tape', { ecrit: true }, async ({ page, js }) => {
  await seConnecter(page, 'agent.gosier');
  await page.goto('/logements');
  if (js) await calme(page);
  await page.goto((await page.locator('#liste tbody a').first().getAttribute('href')).replace(/[?#].*/, ''));
  await page.locator('main a', { hasText: 'Saisir un séjour' }).click();
  await page.waitForURL(/\/sejours\/nouveau/);
  assert.match(await page.locator('#logement_id').inputValue(), /^LOG/, 'le logement est déjà donné');
  await jour(page, 'date_debut', '01/03/2026');
  await jour(page, 'date_fin', '4 mars 2026');
  await jour(page, 'nb_personnes', '3');
  await jour(page, 'prix_nuit', '90');
  if (js) await jusqua(async () => /Taxe\s*:\s*[\d,]+\s*€/.test(await page.locator('#calcul').innerText()), 'le calcul pendant la frappe');
  else {
    await page.locator('button[value=calculer]').click();
    await page.waitForLoadState();
  }
  const calcul = await page.locator('#calcul').innerText();
  assert.match(calcul, /Taxe\s*:\s*[\d,]+\s*€/);
  assert.match(calcul, /× 3 assujettis × 3 nuits/);
  // Refused: what was typed is there, and the summary takes the focus.
  await jour(page, 'nb_mineurs', '5');
  await (js ? page.locator('#nb_mineurs').press('Control+Enter') : page.locator('button[value=enregistrer]').click());
  await page.waitForLoadState();
  await jusqua(async () => (await page.locator('.message.erreur li').count()) === 1, 'le résumé des erreurs');
  assert.equal(await page.locator('#nb_mineurs').inputValue(), '5');
  if (js) assert.ok(await page.evaluate(() => document.activeElement?.matches('.message.erreur')), 'le résumé a le focus');
  await jour(page, 'nb_mineurs', '1');
  await (js ? page.locator('#nb_mineurs').press('Control+Enter') : page.locator('button[value=enregistrer]').click());
  // The second mode finds the stay of the first: the same lodging, dates and persons.
  await jusqua(async () => /\/sejours\/\d+$/.test(page.url()) || (await page.locator('button[value=confirmer]').count()) > 0, 'la fiche, ou ce qui ressemble');
  if (!/\/sejours\/\d+$/.test(page.url())) {
    await page.locator('button[value=confirmer]').click();
    await page.waitForURL(/\/sejours\/\d+$/);
  }
  assert.match(await page.locator('main').innerText(), /c’est créé/);
  await page.locator('summary', { hasText: 'Comment ce montant est calculé' }).click();
  assert.match(await page.locator('.explication').innerText(), /× 2 assujettis × 3 nuits/);
});

scenario('un hébergeur qui existe déjà est montré avant d’en créer un autre', { ecrit: true, modes: ['avec'] }, async ({ page }) => {
  await seConnecter(page, 'agent.gosier');
  await page.goto('/hebergeurs');
  await calme(page);
  const nom = (await page.locator('#liste tbody a').first().innerText()).trim();
  await page.goto('/hebergeurs/nouveau');
  await page.locator('#nom').fill(nom);
  // Leaving by a slip: the browser asks.
  let demande = 0;
  page.on('dialog', (dialog) => { demande += 1; return dialog.dismiss(); });
  await page.locator('.fil a').first().click();
  await jusqua(() => demande === 1, 'la question du navigateur');
  assert.match(page.url(), /nouveau$/);
  await page.locator('button[value=enregistrer]').click();
  await page.waitForLoadState();
  assert.match(await page.locator('main').innerText(), /ressemble/);
  assert.equal(await page.locator('#nom').inputValue(), nom);
});
