// Coming in, going out, and being sent back to where one was.
import assert from 'node:assert/strict';
import { scenario } from '../cadre.mjs';
import { calme, courriel, jusqua, lienDeTri, lignes, parametre, remplirConnexion, seConnecter, seDeconnecter, surConnexion } from '../outils.mjs';

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
