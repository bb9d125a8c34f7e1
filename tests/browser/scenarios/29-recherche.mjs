// What is typed is read when it is left, a day can be picked, and the only row that answers opens.
import assert from 'node:assert/strict';
import { scenario } from '../cadre.mjs';
import { devoiler, jusqua, lignes, ouvrirListe, parametre } from '../outils.mjs';

const COMPTE = 'admin.riviera';

scenario('une date se lit quand on quitte son champ, jamais pendant la frappe', { compte: COMPTE, modes: ['avec'] }, async ({ page }) => {
  await ouvrirListe(page, '/sejours');
  const demandes = [];
  page.on('request', (demande) => { if (/debut_min=/.test(demande.url())) demandes.push(demande.url()); });
  const champ = await devoiler(page, page.locator('#f-debut_min'));
  await champ.pressSequentially('1 octobre 2025', { delay: 60 });
  // Longer than the pause after which words are searched.
  await page.waitForTimeout(700);
  assert.deepEqual(demandes, [], 'rien ne part pendant la frappe');
  await champ.press('Tab');
  await jusqua(() => parametre(page, 'debut_min') === '2025-10-01', 'la date est lue en quittant le champ');
  assert.equal(await page.locator('#messages .erreur').count(), 0);
});

scenario('le calendrier du navigateur écrit le jour dans le champ', { compte: COMPTE, modes: ['avec'] }, async ({ page }) => {
  await ouvrirListe(page, '/sejours');
  const champ = await devoiler(page, page.locator('#f-debut_max'));
  await champ.fill('03/02/2026');
  await champ.press('Alt+ArrowDown');
  const natif = page.locator('#f-debut_max ~ input[type=date]');
  assert.equal(await natif.inputValue(), '2026-02-03', 'le calendrier s’ouvre au jour écrit');
  await natif.evaluate((element) => {
    element.value = '2026-03-31';
    element.dispatchEvent(new Event('change', { bubbles: true }));
  });
  assert.equal(await champ.inputValue(), '31/03/2026');
  await jusqua(() => parametre(page, 'debut_max') === '2026-03-31', 'la liste suit');
});

scenario('sans JavaScript, la date se tape et le bouton du calendrier n’est pas là', { compte: COMPTE, modes: ['sans'] }, async ({ page }) => {
  await ouvrirListe(page, '/sejours');
  const champ = await devoiler(page, page.locator('#f-debut_min'));
  assert.equal(await page.locator('[data-calendrier]').first().isVisible(), false);
  await champ.fill('01102025');
  await champ.press('Enter');
  await jusqua(() => /debut_min=01102025/.test(page.url()), 'la liste est demandée');
  assert.equal(await page.locator('#f-debut_min').inputValue(), '01/10/2025');
});

scenario('une seule ligne répond : Entrée l’ouvre', { compte: COMPTE, modes: ['avec'] }, async ({ page }) => {
  await ouvrirListe(page, '/sejours');
  const reference = (await page.locator('#liste tbody th a').first().innerText()).trim();
  const adresse = await page.locator('#liste tbody th a').first().getAttribute('href');
  const champ = page.locator('#filtres [name=q]');
  await champ.fill(reference.replaceAll('-', ' '));
  await jusqua(async () => (await lignes(page)).length === 1, 'la ligne');
  await champ.press('Enter');
  await jusqua(() => new URL(page.url()).pathname === adresse, 'la fiche');
  // Several rows: Entrée only searches.
  await ouvrirListe(page, '/sejours');
  await page.locator('#filtres [name=q]').fill('villa');
  await page.locator('#filtres [name=q]').press('Enter');
  await jusqua(() => parametre(page, 'q') === 'villa', 'la recherche');
  assert.equal(new URL(page.url()).pathname, '/sejours');
});
