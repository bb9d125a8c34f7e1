// Notes and attached files on a row: written, corrected, attached, downloaded, removed, brought back.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import axe from 'axe-core';
import { scenario } from '../cadre.mjs';
import { devoiler, etatDe, jusqua, ouvrirListe, sansDefilementHorizontal } from '../outils.mjs';

const COMPTE = 'admin.riviera';
const PDF = Buffer.from('%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n');
const message = (page, mots) => jusqua(() => page.locator('#messages, main').first().innerText().then((texte) => texte.includes(mots)), `« ${mots} »`);

async function sansFaute(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag22aa'] }));
  assert.deepEqual(violations.map(({ id, nodes }) => `${id} ${nodes[0].html}`), [], 'aucune faute d’accessibilité');
}

// The file of a row that no other scenario of the same run writes on.
async function ouvrirFiche(page, rang) {
  await ouvrirListe(page, '/logements?tri=nom');
  const chemin = await page.locator('#liste tbody th a').nth(rang).getAttribute('href');
  await page.goto(chemin);
  return chemin;
}

const champ = async (page, resume, cible) => devoiler(page, page.locator(cible)).catch(async () => {
  await page.getByText(resume, { exact: true }).click();
  return page.locator(cible);
});

scenario('écrire une note, la corriger, la retirer, la rétablir', { compte: COMPTE, ecrit: true }, async ({ page, js }) => {
  const chemin = await ouvrirFiche(page, js ? 3 : 4);
  await (await champ(page, 'Écrire une note', '#texte')).fill('Rappeler le propriétaire\n  lundi avant midi <b>');
  await page.getByRole('button', { name: 'Enregistrer la note' }).click();
  await message(page, 'La note est enregistrée');
  assert.equal(new URL(page.url()).pathname, chemin, 'on reste sur la fiche');
  const note = page.locator('.notes > li').first();
  assert.equal(await note.locator('.texte').innerText(), 'Rappeler le propriétaire\n  lundi avant midi <b>', 'les lignes restent');
  if (js) await sansFaute(page);
  await note.getByRole('link', { name: /^Corriger/ }).click();
  await jusqua(() => page.locator('#texte').inputValue().then((texte) => texte.startsWith('Rappeler')), 'le texte dans son champ');
  if (js) await sansFaute(page);
  await page.locator('#texte').fill('Rappelé lundi');
  await page.getByRole('button', { name: 'Enregistrer la note' }).click();
  await message(page, 'La note est corrigée');
  assert.match(await note.locator('.qui').innerText(), /corrigée le/);
  await note.getByRole('button', { name: /^Retirer/ }).click();
  await message(page, 'La note est retirée');
  assert.ok(!(await page.locator('#notes').innerText()).includes('Rappelé lundi') || (await page.locator('.notes > li').count()) === 0, 'elle n’est plus là');
  await page.getByRole('button', { name: 'Annuler cette modification' }).click();
  await message(page, 'La note est rétablie');
  assert.equal(await note.locator('.texte').innerText(), 'Rappelé lundi');
  assert.match(await page.locator('.historique').innerText(), /Note corrigée/);
  await sansDefilementHorizontal(page, chemin);
});

scenario('joindre des fichiers, en télécharger un, le retirer, le rétablir', { compte: COMPTE, ecrit: true }, async ({ page, navigateur, ouvrir, js }) => {
  const chemin = await ouvrirFiche(page, js ? 5 : 6);
  await (await champ(page, 'Joindre des fichiers', '#fichiers')).setInputFiles([
    { name: 'bail été.pdf', mimeType: 'application/pdf', buffer: PDF },
    { name: 'facture.pdf', mimeType: 'application/pdf', buffer: Buffer.from('MZ\x90\x00\x03\x00\x00\x00', 'latin1') },
  ]);
  await page.getByRole('button', { name: 'Joindre', exact: true }).click();
  await message(page, 'Le fichier est joint');
  await message(page, 'facture.pdf');
  const lien = page.locator('.pieces > li a').first();
  assert.equal((await lien.innerText()).trim(), 'bail été.pdf');
  if (js) await sansFaute(page);
  const [fichier] = await Promise.all([page.waitForEvent('download'), lien.click()]);
  assert.equal(fichier.suggestedFilename(), 'bail été.pdf');
  assert.deepEqual(await readFile(await fichier.path()), PDF, 'les mêmes octets');
  // Somebody else reads it, and has no button to remove it.
  const autre = await ouvrir({ js, etat: await etatDe(navigateur, 'agent.gosier') });
  const saPage = await autre.newPage();
  const vue = await saPage.goto(chemin);
  if (vue.status() === 200) assert.equal(await saPage.getByRole('button', { name: /^Retirer/ }).count(), 0);
  await page.getByRole('button', { name: 'Retirer bail été.pdf' }).click();
  await message(page, 'est retiré');
  assert.equal(await page.locator('.pieces > li').count(), 0);
  // Later, without the message.
  await page.goto(chemin);
  await page.getByText(/^Pièces jointes retirées/).click();
  await page.getByRole('button', { name: 'Rétablir bail été.pdf' }).click();
  await message(page, 'est rétabli');
  assert.equal(await page.locator('.pieces > li').count(), 1);
  // Nothing that is accepted: why, and where to choose again.
  await (await champ(page, 'Joindre des fichiers', '#fichiers')).setInputFiles({ name: 'plan.svg', mimeType: 'image/svg+xml', buffer: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>') });
  await page.getByRole('button', { name: 'Joindre', exact: true }).click();
  await message(page, 'Rien n’a été joint');
  await message(page, 'plan.svg');
  if (js) await sansFaute(page);
  await sansDefilementHorizontal(page, `${chemin}/pieces`);
});
