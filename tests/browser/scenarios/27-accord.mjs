// What is acted on is what is shown: while form and list disagree, nothing takes the list's question.
import assert from 'node:assert/strict';
import { scenario } from '../cadre.mjs';
import { calme, coches, devoiler, jusqua, lignes, ouvrirListe, parametre } from '../outils.mjs';

const COMPTE = 'admin.riviera';
const DEPART = '/sejours?statut=a_verifier&tri=debut';

const ACTIONS = ['.export > button', '#selectionner', '.outils-droite summary', '.outils-droite a.bouton'];

// Every action is refused, with its reason, and leads nowhere.
async function bloquees(page) {
  const adresse = page.url();
  for (const action of ACTIONS) {
    const element = page.locator(`#liste ${action}`).first();
    assert.equal(await element.getAttribute('aria-disabled'), 'true', `${action} est encore offert`);
    assert.ok((await element.getAttribute('title'))?.length > 20, `${action} ne dit pas pourquoi`);
    await element.dispatchEvent('click');
  }
  assert.equal(page.url(), adresse, 'aucune action n’est partie');
  assert.equal(await page.locator('#liste details[open]').count(), 0);
}

const libres = async (page) => (await page.locator('#liste [aria-disabled=true]').count()) === 0 && (await page.locator('#liste [data-desaccord], #liste[data-desaccord]').count()) === 0;

const recherche = (page) => page.locator('#filtres [name=q]');

scenario('filtre refusé : l’erreur est près du champ, la liste se dit d’avant, rien ne s’exporte', { compte: COMPTE, modes: ['avec'] }, async ({ page }) => {
  await ouvrirListe(page, DEPART);
  const avant = await lignes(page);
  const champ = await devoiler(page, page.locator('[name=debut_min]'));
  await champ.fill('99/99/2026');
  await champ.blur();
  await jusqua(() => page.locator('#liste .desaccord').isVisible(), 'la liste se dit d’avant');
  assert.match(await page.locator('#f-debut_min-erreur').innerText(), /n.est pas une date/, 'l’erreur est près du champ');
  assert.equal(await champ.getAttribute('aria-invalid'), 'true');
  assert.equal(await champ.getAttribute('aria-describedby'), 'f-debut_min-erreur');
  assert.equal(await champ.inputValue(), '99/99/2026', 'ce qui est tapé reste');
  assert.deepEqual(await lignes(page), avant, 'les lignes restent');
  await page.keyboard.press('Escape');
  await bloquees(page);
  await jusqua(async () => /pas à jour/.test(await page.locator('#annonce').innerText()), 'la raison est dite');
  // Turning the page of an old question does not make it the new one.
  await page.locator('#tri-montant').click();
  await jusqua(() => /montant/.test(parametre(page, 'tri')), 'le tri');
  await calme(page);
  assert.ok(await page.locator('#liste .desaccord').isVisible(), 'toujours d’avant');
  await page.getByRole('button', { name: 'Reprendre les filtres de la liste' }).click();
  await jusqua(() => libres(page), 'l’accord');
  assert.equal(await page.locator('#filtres [name=debut_min]').inputValue(), '');
  assert.equal((await coches(page, 'statut')).join(), 'a_verifier', 'les filtres de la liste');
  assert.equal((await page.locator('#f-debut_min-erreur').textContent()).trim(), '');
});

scenario('réponse qui tarde : rien ne part avant elle, puis tout s’accorde', { compte: COMPTE, modes: ['avec'] }, async ({ page }) => {
  await ouvrirListe(page, DEPART);
  let lacher;
  const retenue = new Promise((suite) => { lacher = suite; });
  await page.route(/\/sejours\?.*q=renaud/, async (route) => { await retenue; await route.continue(); });
  const partie = page.waitForRequest(/q=renaud/);
  await recherche(page).fill('renaud');
  await jusqua(async () => (await page.locator('#liste[aria-busy=true]').count()) === 1, 'la liste attend');
  await bloquees(page);
  await partie;
  await bloquees(page);
  lacher();
  await jusqua(() => parametre(page, 'q') === 'renaud', 'la réponse');
  await jusqua(() => libres(page), 'l’accord');
  assert.match(await page.locator('form.export [name=requete]').inputValue(), /q=renaud/, 'l’export prend la question du formulaire');
});

for (const [nom, echouer, reprendre] of [
  ['requête coupée', (page) => page.route(/q=renaud/, (route) => route.abort()), (page) => page.unroute(/q=renaud/)],
  ['hors ligne', (page) => page.context().setOffline(true), (page) => page.context().setOffline(false)],
]) {
  scenario(`${nom} : la liste se dit d’avant, « Réessayer » l’accorde`, { compte: COMPTE, modes: ['avec'] }, async ({ page }) => {
    await ouvrirListe(page, DEPART);
    await echouer(page);
    await recherche(page).fill('renaud');
    await jusqua(() => page.locator('#liste .desaccord').isVisible(), 'la liste se dit d’avant');
    assert.equal(await page.locator('#messages [role=alert]').count(), 1, 'dit une fois');
    await bloquees(page);
    await reprendre(page);
    await page.getByRole('button', { name: 'Réessayer' }).click();
    await jusqua(() => parametre(page, 'q') === 'renaud', 'la réponse');
    await jusqua(() => libres(page), 'l’accord');
  });
}

scenario('revenir à ce que la liste dit lève tout', { compte: COMPTE, modes: ['avec'] }, async ({ page }) => {
  await ouvrirListe(page, DEPART);
  await page.route(/q=renaud/, (route) => route.abort());
  await recherche(page).fill('renaud');
  await jusqua(() => page.locator('#liste .desaccord').isVisible(), 'la liste se dit d’avant');
  await recherche(page).fill('');
  await jusqua(() => libres(page), 'l’accord');
});

scenario('« Retour » rend les champs avec les lignes', { compte: COMPTE, modes: ['avec'] }, async ({ page }) => {
  await ouvrirListe(page, DEPART);
  const avant = await lignes(page);
  await page.locator('#filtres select[name=periode]').selectOption('annee_derniere');
  await jusqua(() => parametre(page, 'periode') === 'annee_derniere', 'le filtre');
  await calme(page);
  await page.goBack();
  await jusqua(async () => JSON.stringify(await lignes(page)) === JSON.stringify(avant), 'les lignes d’avant');
  await jusqua(async () => (await page.locator('#filtres select[name=periode]').inputValue()) === '', 'le champ d’avant');
  await jusqua(() => libres(page), 'l’accord');
});

scenario('une adresse refusée garde ce qui est tapé, l’erreur près du champ', { compte: COMPTE }, async ({ page, js }) => {
  const reponse = await page.goto('/sejours?statut=valide&q=hotel&debut_min=99%2F99%2F2026');
  assert.equal(reponse.status(), 400);
  assert.equal(await page.locator('#filtres [name=debut_min]').inputValue(), '99/99/2026');
  assert.equal(await page.locator('#filtres [name=q]').inputValue(), 'hotel');
  assert.equal((await coches(page, 'statut')).join(), 'valide');
  assert.match(await page.locator('#f-debut_min-erreur').innerText(), /n.est pas une date/);
  assert.equal(await page.locator('form.export').count(), 0, 'rien à exporter');
  await page.locator('#filtres [name=debut_min]').fill('01/10/2026');
  if (!js) await page.locator('#filtres .volet [type=submit]').click();
  else await page.locator('#filtres [name=debut_min]').blur();
  await jusqua(() => parametre(page, 'debut_min') === (js ? '2026-10-01' : '01/10/2026'), 'la date comprise');
  await calme(page);
  assert.ok(await page.locator('form.export').count() === 1, 'la liste est là');
  assert.equal(parametre(page, 'q'), 'hotel', 'le reste est gardé');
});
