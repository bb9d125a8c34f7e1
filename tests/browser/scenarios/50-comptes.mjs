// Inviting a person, and ending one's own sessions.
import assert from 'node:assert/strict';
import { scenario } from '../cadre.mjs';
import { confirmer, jusqua, oublierEtat, remplirConnexion, seConnecter, surConnexion } from '../outils.mjs';

const NOUVEAU_MOT_DE_PASSE = 'Morne-Lagon-Vesou-4721';
let suite = 0;

scenario('inviter une personne, qui choisit son mot de passe et entre', { compte: 'admin.riviera', ecrit: true }, async ({ page, ouvrir, js }) => {
  suite += 1;
  const adresse = `essai.${Date.now().toString(36)}.${suite}@exemple.invalid`;
  await page.goto('/utilisateurs/nouveau');
  await confirmer(page);
  await page.fill('main [name=courriel]', adresse);
  await page.fill('main [name=nom]', `Essai ${adresse.split('@')[0]}`);
  const role = page.locator('main select[name=role]');
  if (await role.count()) await role.selectOption('agent');
  else await page.check('main [name=role][value=agent]');
  const place = page.locator('main [name=collectivites]').first();
  if (await place.evaluate((champ) => champ.tagName === 'SELECT')) await place.selectOption({ index: await place.evaluate((champ) => (champ.options[0].value === '' ? 1 : 0)) });
  else await place.check();
  await page.getByRole('button', { name: 'Créer le compte et sa fiche' }).click();

  const lien = await jusqua(async () => (await page.locator('main').innerHTML()).match(/\/invitation\/[\w-]+/)?.[0], 'la fiche d’accueil avec son lien');
  assert.ok((await page.locator('main').innerText()).includes(adresse), 'la fiche dit pour qui elle est');

  const invite = await ouvrir({ js });
  const chezLui = await invite.newPage();
  await chezLui.goto(lien);
  await chezLui.fill('[name=mot_de_passe]', NOUVEAU_MOT_DE_PASSE);
  await chezLui.fill('[name=confirmation]', 'autre-chose-entierement');
  await chezLui.locator('main [type=submit]').click();
  await jusqua(async () => /différent|identique|correspond|même/i.test(await chezLui.locator('main').innerText()), 'le refus de deux mots de passe différents');
  await chezLui.fill('[name=mot_de_passe]', NOUVEAU_MOT_DE_PASSE);
  await chezLui.fill('[name=confirmation]', NOUVEAU_MOT_DE_PASSE);
  await chezLui.locator('main [type=submit]').click();
  await jusqua(() => !new URL(chezLui.url()).pathname.startsWith('/invitation/'), 'la sortie de l’invitation');
  if (surConnexion(chezLui)) await remplirConnexion(chezLui, adresse, NOUVEAU_MOT_DE_PASSE);
  await jusqua(() => !surConnexion(chezLui), 'l’entrée de la personne invitée');
  const liste = await chezLui.goto('/sejours');
  assert.equal(liste.status(), 200);

  // The link opens once.
  const encore = await (await ouvrir({ js: false })).request.get(lien);
  assert.ok([404, 410].includes(encore.status()), `le lien resservi répond ${encore.status()}`);
});

scenario('le nom d’un compte se corrige sur sa fiche et se remet', { compte: 'admin.riviera', ecrit: true }, async ({ page }) => {
  await page.goto('/utilisateurs?q=agent.gosier%40');
  await page.locator('main tbody th a').first().click();
  await jusqua(() => /\/utilisateurs\/\d+$/.test(new URL(page.url()).pathname), 'la fiche du compte');
  const avant = await page.locator('h1').innerText();
  await page.locator('#f-corriger').click();
  await jusqua(() => !/\/utilisateurs\/\d+$/.test(new URL(page.url()).pathname), 'le formulaire, ou la preuve demandée');
  await confirmer(page);
  await page.fill('main [name=nom]', `${avant} Corrigé`);
  await page.getByRole('button', { name: 'Enregistrer', exact: true }).click();
  await jusqua(async () => (await page.locator('h1').innerText()) === `${avant} Corrigé`, 'le nom corrigé sur la fiche');
  await page.getByRole('button', { name: 'Annuler cette modification' }).click();
  await jusqua(async () => (await page.locator('h1').innerText()) === avant, 'le nom d’avant');
});

scenario('un agent ne peut inviter personne', { compte: 'agent.gosier', modes: ['sans'], ecrit: true }, async ({ context }) => {
  const reponse = await context.request.get('/utilisateurs/nouveau');
  assert.ok([403, 404].includes(reponse.status()), `répond ${reponse.status()}`);
});

scenario('voir ses sessions et en fermer une', { ecrit: true }, async ({ page, ouvrir, js }) => {
  await seConnecter(page, 'agent.basseterre');
  const ailleurs = await (await ouvrir({ js })).newPage();
  await seConnecter(ailleurs, 'agent.basseterre');
  await page.goto('/compte');
  // The session in use is marked and cannot be closed from the list; every other one can.
  const fermer = page.locator('main form').getByRole('button', { name: /^(Fermer|Terminer|Mettre fin)/ });
  const avant = await fermer.count();
  assert.ok(avant >= 1, 'au moins une autre session, avec son bouton');
  // The last session ended takes « terminer toutes les autres » away with it.
  for (let reste = avant; reste > 0; reste = await fermer.count()) {
    await fermer.first().click();
    const confirmer = page.locator('dialog[open] [type=submit]');
    if (await confirmer.count()) await confirmer.click();
    const pendant = reste;
    await jusqua(async () => (await fermer.count()) < pendant, 'une session de moins');
  }
  oublierEtat('agent.basseterre');
  await ailleurs.goto('/sejours');
  assert.ok(surConnexion(ailleurs), 'l’autre navigateur doit se reconnecter');
  assert.equal((await page.goto('/compte')).status(), 200, 'celui-ci reste connecté');
  assert.ok(!surConnexion(page));
});
