// An export from the button to the last byte on disk, against its own manifest.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { scenario } from '../cadre.mjs';
import { ATTENTE_TRAVAIL_MS, calme, compte, etatDe, jusqua, ouvrirListe } from '../outils.mjs';

const COMPTE = 'admin.riviera';

// Records of a CSV file: a quoted field may hold line ends.
export function enregistrements(texte) {
  let lignes = 0;
  let entreGuillemets = false;
  let commencee = false;
  for (const signe of texte) {
    if (signe === '"') entreGuillemets = !entreGuillemets;
    if (signe === '\n' && !entreGuillemets) {
      lignes += 1;
      commencee = false;
    } else if (signe !== '\r') commencee = true;
  }
  assert.equal(entreGuillemets, false, 'guillemets équilibrés');
  return lignes + (commencee ? 1 : 0);
}

scenario('exporter tout un filtre : octets et lignes du manifeste', { compte: COMPTE, ecrit: true }, async ({ page, context, js }) => {
  await ouvrirListe(page, '/sejours?statut=a_verifier');
  const attendues = await compte(page, js);
  assert.ok(attendues > 50, `plus d'une page à exporter (${attendues})`);
  await calme(page);
  await page.locator('form[action="/sejours/exports"] summary').click();
  await page.locator('form[action="/sejours/exports"] .formats [value=csv_fr]').click();
  await jusqua(() => /^\/exports\/[\w-]+$/.test(new URL(page.url()).pathname), 'la page de l’export');
  const chemin = new URL(page.url()).pathname;

  // The page brings itself up to date, with htmx or by a plain refresh.
  const telecharger = page.getByRole('link', { name: /Télécharger/ });
  await jusqua(() => telecharger.isVisible(), 'le lien « Télécharger »', ATTENTE_TRAVAIL_MS);
  assert.equal(await page.locator('[http-equiv=refresh]').count(), 0, 'une page finie ne se recharge plus');
  assert.equal(new URL(await telecharger.getAttribute('href'), page.url()).pathname, `${chemin}/fichier`);

  const [fichier] = await Promise.all([page.waitForEvent('download'), telecharger.click()]);
  assert.match(fichier.suggestedFilename(), /sejours.*\.csv$/);
  const octets = await readFile(await fichier.path());
  const manifeste = await (await context.request.get(`${chemin}/manifeste`)).json();
  assert.equal(createHash('sha256').update(octets).digest('hex'), manifeste.sha256, 'les octets reçus sont ceux du manifeste');
  assert.equal(manifeste.lignes_ecrites, attendues, 'toutes les lignes annoncées à l’écran');
  assert.equal(enregistrements(octets.toString('utf8')) - 1, attendues, 'une ligne par séjour, plus les titres');

  const direct = await context.request.get(`${chemin}/fichier`);
  assert.match(direct.headers()['content-disposition'] ?? '', /attachment/);
  await page.goto('/exports');
  assert.ok(await page.locator(`main a[href="${chemin}"]`).count() > 0, 'l’export est dans la liste de ses exports');
});

scenario('l’export d’une autre personne est introuvable', { compte: COMPTE, modes: ['sans'], ecrit: true }, async ({ page, navigateur, ouvrir }) => {
  await ouvrirListe(page, '/communes');
  await page.locator('form[action="/communes/exports"]').getByRole('button', { name: /Exporter/ }).click();
  await jusqua(() => /^\/exports\/[\w-]+$/.test(new URL(page.url()).pathname), 'la page de l’export');
  const chemin = new URL(page.url()).pathname;
  const autre = await ouvrir({ js: false, etat: await etatDe(navigateur, 'agent.basseterre') });
  for (const suite of ['', '/fichier', '/manifeste']) {
    assert.equal((await autre.request.get(chemin + suite)).status(), 404, `${chemin}${suite} vu par quelqu'un d'autre`);
  }
});
