// A file loaded into the records: sent, understood, checked line by line, written, taken back.
import assert from 'node:assert/strict';
import axe from 'axe-core';
import { scenario } from '../cadre.mjs';
import { jusqua, sansDefilementHorizontal } from '../outils.mjs';

const COMPTE = 'agent.gosier';
const contient = (page, mots) => jusqua(() => page.locator('#contenu').innerText().then((texte) => texte.includes(mots)), `« ${mots} »`, 60_000);

async function sansFaute(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag22aa'] }));
  assert.deepEqual(violations.map(({ id, nodes }) => `${id} ${nodes[0].html}`), [], 'aucune faute d’accessibilité');
}

scenario('charger un fichier d’hébergeurs, l’écrire, l’annuler', { compte: COMPTE, ecrit: true }, async ({ page, js }) => {
  const nom = `Hôtel du parcours ${js ? 'avec' : 'sans'}`;
  await page.goto('/imports/nouveau');
  if (js) await sansFaute(page);
  await page.locator('#fichiers').setInputFiles([
    { name: `hotes-${js}.csv`, mimeType: 'text/csv', buffer: Buffer.from(`Raison sociale;Commune;Email;Tél.\n${nom};Le Gosier;h@exemple.gp;0690 12 34 56\nSans commune ${js};Atlantide;;\n`) },
  ]);
  await page.getByRole('button', { name: /^Envoyer/ }).click();
  await contient(page, 'Ce que dit chaque colonne');
  assert.match(await page.locator('[aria-current="step"]').innerText(), /Lecture/);
  assert.equal(await page.locator('select[name="colonne-0"]').inputValue(), 'nom', 'un titre connu trouve son champ');
  await sansDefilementHorizontal(page, '/imports/lecture');
  if (js) await sansFaute(page);
  await page.locator('select[name="colonne-3"]').selectOption('telephone');
  await page.getByRole('button', { name: 'Vérifier toutes les lignes' }).click();
  await jusqua(async () => {
    await page.goto(page.url());
    return (await page.locator('#contenu').innerText()).includes('Ce que le fichier ferait');
  }, 'la vérification', 60_000);
  await contient(page, 'Atlantide');
  await contient(page, nom);
  await sansDefilementHorizontal(page, '/imports/verification');
  if (js) await sansFaute(page);
  await page.getByRole('button', { name: /^Écrire 1 hébergeur/ }).click();
  await jusqua(async () => {
    await page.goto(page.url());
    return (await page.locator('#suivi').innerText()).includes('Terminé');
  }, 'l’écriture', 60_000);
  const adresse = page.url();
  await page.goto(`/hebergeurs?q=${encodeURIComponent(nom)}`);
  await contient(page, nom);
  await page.goto(adresse);
  await page.getByRole('button', { name: 'Annuler cet import' }).click();
  await jusqua(async () => {
    await page.goto(page.url());
    return (await page.locator('#suivi').innerText()).includes('Annulé');
  }, 'l’annulation', 60_000);
  await page.goto(`/hebergeurs?q=${encodeURIComponent(nom)}`);
  assert.equal(await page.locator('#liste tbody a').filter({ hasText: nom }).count(), 0, 'la fiche n’y est plus');
});
