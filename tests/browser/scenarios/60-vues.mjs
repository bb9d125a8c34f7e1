// Saved views from the list and back, the default one, and an export that comes back by itself.
import assert from 'node:assert/strict';
import { scenario } from '../cadre.mjs';
import { ATTENTE_TRAVAIL_MS, calme, cocherFiltre, jusqua, ouvrirListe, parametre, REGION } from '../outils.mjs';

const nom = (mot, js) => `${mot} ${js ? 'avec' : 'sans'} ${Date.now()}`;

// Saves what the screen shows: in the panel of the list, or on its page without JavaScript.
async function enregistrer(page, js, intitule) {
  await page.locator('#vues-lien').click();
  if (js) {
    await page.locator('#vue-nom').fill(intitule);
    await page.getByRole('button', { name: 'Enregistrer sous…' }).click();
  } else {
    await page.locator('#nom').fill(intitule);
    await page.getByRole('button', { name: 'Enregistrer la vue' }).click();
  }
  await jusqua(() => /^\d+\.1$/.test(parametre(page, 'vue') ?? ''), 'la vue dans l’adresse');
  await calme(page);
}

const premiereLigne = (page) => page.locator(REGION).locator('tbody tr').first().innerText();

scenario('enregistrer une vue, s’en écarter, y revenir, l’enregistrer de nouveau', { compte: 'admin.riviera', ecrit: true }, async ({ page, js }) => {
  await ouvrirListe(page, '/sejours?statut=a_verifier&periode=annee&tri=debut&densite=aeree');
  const intitule = nom('À vérifier', js);
  await enregistrer(page, js, intitule);
  assert.equal(parametre(page, 'statut'), 'a_verifier');
  assert.equal(await page.locator('table.aeree').count(), 1, 'la densité est celle de la vue');
  const vue = parametre(page, 'vue');
  if (js) {
    await jusqua(async () => (await page.locator('#vues summary').innerText()).includes(intitule), 'le nom de la vue');
    assert.equal(await page.getByText('Vue modifiée').count(), 0);
    await cocherFiltre(page, 'statut', 'valide');
    await jusqua(() => parametre(page, 'statut') === 'valide', 'le filtre dans l’adresse');
    await jusqua(() => page.getByText('Vue modifiée').isVisible(), '« Vue modifiée »');
    assert.equal(parametre(page, 'vue'), vue, 'la vue suit les filtres');
    await page.getByRole('link', { name: 'Revenir à la vue' }).click();
    await jusqua(() => parametre(page, 'statut') === 'a_verifier', 'le retour à la vue');
    await calme(page);
    await cocherFiltre(page, 'statut', 'conteste');
    await jusqua(() => page.getByText('Vue modifiée').isVisible(), '« Vue modifiée » encore');
    await page.locator('#vues').getByRole('button', { name: /^Enregistrer cet/ }).click();
  } else {
    await page.goto(page.url().replace('a_verifier', 'conteste'));
    await page.locator('#vues-lien').click();
    assert.ok(await page.getByText('Vue modifiée').isVisible());
    await page.locator('main .actions').getByRole('button', { name: /^Enregistrer cet/ }).click();
  }
  await jusqua(() => parametre(page, 'vue') === vue.replace('.1', '.2'), 'la nouvelle version dans l’adresse');
  assert.equal(parametre(page, 'statut'), 'conteste');
  await page.goto('/vues');
  await page.getByRole('link', { name: intitule, exact: true }).click();
  await jusqua(() => parametre(page, 'statut') === 'conteste', 'la vue s’ouvre depuis sa liste');
});

scenario('ouvrir une liste avec sa vue par défaut, et sans', { compte: 'agent.basseterre', ecrit: true }, async ({ page, js }) => {
  await ouvrirListe(page, '/logements?actif=false');
  await enregistrer(page, js, nom('Inactifs', js));
  const id = parametre(page, 'vue').split('.')[0];
  await page.goto(`/vues/${id}/modifier`);
  await page.getByRole('button', { name: 'L’ouvrir par défaut' }).click();
  try {
    await jusqua(() => page.getByText('s’ouvrira désormais avec la vue').isVisible(), 'la confirmation');
    await page.goto('/logements');
    assert.equal(parametre(page, 'actif'), 'false', 'la liste s’ouvre avec la vue');
    await page.goto('/logements?vue=aucune');
    const toutes = await premiereLigne(page);
    assert.ok(toutes.length > 0 && parametre(page, 'actif') === null, 'la liste entière a son adresse');
  } finally {
    await page.goto(`/vues/${id}/modifier`);
    await page.getByRole('button', { name: 'Ne plus l’ouvrir par défaut' }).click();
    await jusqua(() => page.getByText('s’ouvrira désormais sans vue').isVisible(), 'la fin du défaut');
  }
  await page.goto(`/vues/${id}/modifier`);
  await page.getByRole('button', { name: 'Supprimer cette vue' }).click();
  await page.getByRole('button', { name: /^Rétablir/ }).first().click();
  await jusqua(() => page.getByText('Vue rétablie.').isVisible(), 'la vue rétablie');
});

scenario('programmer un export, le lancer, être prévenu', { compte: 'admin.riviera', ecrit: true }, async ({ page, js }) => {
  await ouvrirListe(page, '/sejours?statut=conteste&periode=annee');
  const intitule = nom('Contestés', js);
  await enregistrer(page, js, intitule);
  await page.goto(`/programmes/nouveau?vue=${parametre(page, 'vue').split('.')[0]}`);
  await page.locator('#quand').selectOption({ label: 'Le dernier jour de chaque mois' });
  await page.getByRole('button', { name: 'Programmer', exact: true }).click();
  await jusqua(() => /^\/programmes\/\d+$/.test(new URL(page.url()).pathname), 'la page de l’export programmé');
  assert.match(await page.locator('main').innerText(), /le dernier jour de chaque mois à 6 h/);
  await page.getByRole('button', { name: 'Lancer maintenant' }).click();
  const adresse = page.url();
  await jusqua(async () => { await page.goto(adresse); return page.locator('tbody').getByText('Prêt', { exact: true }).isVisible(); }, 'le fichier prêt', ATTENTE_TRAVAIL_MS);
  // The frame of a page may be a moment older than its rows: asked again.
  await jusqua(async () => { await page.goto(adresse); return (await page.locator('.nombre-avis').count()) === 1; }, 'l’avis compté');
  await page.goto('/avis');
  await page.getByRole('row', { name: new RegExp(intitule) }).getByRole('button', { name: /^Voir/ }).click();
  await jusqua(() => /^\/exports\/\d+$/.test(new URL(page.url()).pathname), 'l’avis mène au fichier');
  assert.ok(await page.getByRole('link', { name: /Télécharger/ }).isVisible());
});
