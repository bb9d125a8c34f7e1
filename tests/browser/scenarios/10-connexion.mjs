// Coming in, going out, and being sent back to where one was.
import assert from 'node:assert/strict';
import { scenario } from '../cadre.mjs';
import { calme, courriel, jusqua, lienDeTri, lignes, oublierEtat, parametre, remplirConnexion, seConnecter, seDeconnecter, surConnexion } from '../outils.mjs';

scenario('un mauvais mot de passe est refusé sans perdre le courriel', {}, async ({ page }) => {
  await page.goto('/connexion');
  await remplirConnexion(page, 'agent.gosier', 'certainement-pas-le-bon');
  await jusqua(async () => (await page.locator('main').innerText()).match(/incorrect|ne correspond|refus|inconnu/i), 'une phrase de refus');
  assert.ok(surConnexion(page), `on reste sur la connexion, pas ${page.url()}`);
  assert.equal(await page.inputValue('[name=courriel]'), courriel('agent.gosier'), 'le courriel tapé est gardé');
  assert.equal(await page.inputValue('[name=mot_de_passe]'), '', 'le mot de passe ne revient pas dans la page');
});

scenario('se connecter mène à l’accueil, se déconnecter ferme la porte', {}, async ({ page }) => {
  await seConnecter(page, 'agent.gosier');
  assert.equal(new URL(page.url()).pathname, '/');
  await seDeconnecter(page);
  await page.goto('/sejours');
  assert.ok(surConnexion(page), 'une page demandée après la sortie mène à la connexion');
  await page.goBack();
  await page.reload();
  assert.ok(surConnexion(page), 'le bouton retour ne rouvre rien');
});

scenario('la connexion ramène à la page demandée, jamais sur un autre site', {}, async ({ page }) => {
  await page.goto('/sejours?statut=a_verifier');
  assert.ok(surConnexion(page));
  await remplirConnexion(page, 'agent.gosier');
  await jusqua(() => new URL(page.url()).pathname === '/sejours', 'le retour aux séjours');
  assert.equal(parametre(page, 'statut'), 'a_verifier');
  await seDeconnecter(page);
  await page.goto(`/connexion?retour=${encodeURIComponent('//exemple.invalid/')}`);
  await remplirConnexion(page, 'agent.gosier');
  await jusqua(() => !surConnexion(page), 'la fin de la connexion');
  assert.equal(new URL(page.url()).pathname, '/', 'un retour vers un autre site est ignoré');
});

scenario('une session expirée mène à la connexion, puis ramène où l’on était', {}, async ({ page, context }) => {
  await seConnecter(page, 'agent.gosier');
  await page.goto('/sejours?statut=a_verifier');
  await calme(page);
  const avant = await lignes(page);
  await context.clearCookies();
  await lienDeTri(page, 'montant').click();
  await jusqua(() => surConnexion(page), 'la page de connexion');
  assert.equal(await page.locator('main [name=courriel]').count(), 1, 'une vraie page de connexion, pas un formulaire dans le tableau');
  assert.equal(await page.locator('table').count(), 0);
  await remplirConnexion(page, 'agent.gosier');
  await jusqua(() => new URL(page.url()).pathname === '/sejours', 'le retour à la liste');
  assert.equal(parametre(page, 'statut'), 'a_verifier', 'le filtre est retrouvé');
  await calme(page);
  assert.equal((await lignes(page)).length, avant.length);
});

// Ended by the server, as after a night: the browser still has its cookie. Signing out elsewhere would take it away,
// so another browser of the same person ends this session.
async function finirLaSession(page, ouvrir, compte) {
  const ailleurs = await (await ouvrir({ js: false })).newPage();
  await seConnecter(ailleurs, compte);
  await ailleurs.goto('/compte');
  await ailleurs.getByRole('button', { name: 'Terminer toutes les autres sessions' }).click();
  await jusqua(async () => (await ailleurs.locator('main').innerText()).includes('terminées'), 'la fin des autres sessions');
  oublierEtat(compte);
}

scenario('une saisie envoyée par une session supprimée est dite perdue, jamais enregistrée', { ecrit: true }, async ({ page, ouvrir, js }) => {
  await seConnecter(page, 'agent.basseterre');
  await page.goto('/logements');
  const champ = await page.locator('a.modifier[href*="/champs/capacite"]').first().getAttribute('href');
  await page.goto(champ);
  const avant = await page.inputValue('[name=valeur]');
  await finirLaSession(page, ouvrir, 'agent.basseterre');
  await page.fill('[name=valeur]', '4321');
  await page.getByRole('button', { name: 'Enregistrer' }).click();
  await jusqua(() => surConnexion(page), 'la page de connexion');
  assert.match(await page.locator('main').innerText(), /n’a pas été enregistrée/, js ? 'dit avec JavaScript' : 'dit sans JavaScript');
  await remplirConnexion(page, 'agent.basseterre');
  await jusqua(() => !surConnexion(page), 'la fin de la connexion');
  await page.goto(champ);
  assert.equal(await page.inputValue('[name=valeur]'), avant, 'rien n’est enregistré tout seul');
});
