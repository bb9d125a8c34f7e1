// What the filter makes in all: in the foot of the table, as the rows that it keeps.
import assert from 'node:assert/strict';
import { scenario } from '../cadre.mjs';
import { compte, entier, jusqua, ouvrirListe } from '../outils.mjs';

const centimes = (texte) => Number(texte.replace(/[^\d,]/g, '').replace(',', ''));

scenario('« Total du filtre » est la somme des lignes', { compte: 'agent.gosier', modes: ['avec'] }, async ({ page }) => {
  await ouvrirListe(page, '/sejours?statut=conteste&taille=200');
  const lignes = page.locator('#liste tbody tr');
  assert.ok(await lignes.count() < 200, 'toutes les lignes sur une page');
  const somme = async (colonne, lire) => (await page.locator(`#liste tbody td[data-libelle="${colonne}"]`).allInnerTexts()).map(lire).reduce((total, un) => total + un, 0);
  await jusqua(async () => /\d/.test(await page.locator('#total-montant').innerText()), 'le total');
  assert.equal(centimes(await page.locator('#total-montant').innerText()), await somme('Taxe', centimes));
  assert.equal(entier(await page.locator('#total-nuits').innerText()), await somme('Nuits', entier));
});

scenario('la répartition dit les euros, par commune et par mois', { compte: 'admin.riviera' }, async ({ page, js }) => {
  await ouvrirListe(page, '/sejours?statut=conteste');
  const tout = await compte(page, js);
  await page.locator('summary', { hasText: 'Répartition' }).click();
  if (!js) await page.getByRole('link', { name: 'Voir la répartition' }).click();
  await page.locator('.facettes').waitFor();
  const cartes = await page.locator('.facettes h2').allInnerTexts();
  for (const titre of ['Commune', 'Début du séjour', 'Statut', 'Collecteur']) assert.ok(cartes.includes(titre), `${titre} dans ${cartes}`);
  const commune = page.locator('.facettes .carte').filter({ has: page.getByRole('heading', { name: 'Commune' }) });
  const parts = await commune.locator('li').allInnerTexts();
  assert.ok(parts.some((part) => /\d.*·.*€/s.test(part)), 'lignes et euros');
  const nombres = (await commune.locator('li .discret').allInnerTexts()).map((texte) => entier(texte.split('·')[0]));
  assert.equal(nombres.reduce((total, un) => total + un, 0), tout, 'les communes font le tout');
});
