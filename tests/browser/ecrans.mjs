// Every screen, as data: add a line when a screen is added. The audit, the 320 px check and the
// captures all read it.
//
//   chemin    address; `:id` is taken from the first row of `depuis`
//   comptes   who looks (null: nobody signed in); the audit looks with the first only
//   statut    expected answer, 200 unless said
//   liste     also checked as the fragment htmx asks for
//   genre     made of the same parts as the others of this kind: the first is audited in every way

const ADMIN = 'admin.riviera';
const liste = (chemin, comptes = [ADMIN, 'agent.gosier']) => ({ chemin, comptes, liste: true, genre: /selection=/.test(chemin) ? 'sélection' : 'liste' });
const fiche = (depuis, comptes = [ADMIN], suite = '') => ({ chemin: `${depuis}/:id${suite}`, depuis, comptes, genre: suite ? 'champ' : 'fiche' });

export const ECRANS = [
  { chemin: '/connexion', comptes: [null] },
  { chemin: '/connexion/oubli', comptes: [null], genre: 'formulaire' },
  { chemin: '/', comptes: [ADMIN, 'agent.gosier', 'exploitant'] },
  liste('/sejours'),
  liste('/sejours?statut=a_verifier&tri=-montant&taille=50'),
  { chemin: '/sejours?q=zzzzqqqqxxxx', comptes: [ADMIN] },
  liste('/sejours?q=villa&commune=97113&periode=douze_mois&statut=a_verifier', [ADMIN]),
  liste('/sejours?statut=a_verifier&selection=1'),
  liste('/logements?selection=page', [ADMIN]),
  { chemin: '/sejours/compte', comptes: [ADMIN] },
  { chemin: '/sejours/facettes?statut=valide', comptes: [ADMIN] },
  { chemin: '/tuiles', comptes: [ADMIN] },
  { chemin: '/accueil/suite', comptes: [ADMIN, 'exploitant'] },
  { chemin: '/recherche?q=villa', comptes: [ADMIN, 'agent.gosier'], liste: true },
  { chemin: '/recherche', comptes: [ADMIN], genre: 'recherche' },
  { chemin: '/recherche?q=%E2%80%A6', comptes: [ADMIN], statut: 400, genre: 'recherche' },
  { chemin: '/composants', comptes: [ADMIN] },
  fiche('/sejours'),
  liste('/logements'),
  fiche('/logements'),
  fiche('/logements', [ADMIN], '/champs/capacite'),
  fiche('/sejours', [ADMIN], '/champs/statut'),
  liste('/hebergeurs'),
  fiche('/hebergeurs'),
  liste('/communes'),
  fiche('/communes'),
  liste('/utilisateurs', [ADMIN]),
  fiche('/utilisateurs'),
  { chemin: '/utilisateurs/nouveau', comptes: [ADMIN] },
  { chemin: '/utilisateurs/:id/modifier', depuis: '/utilisateurs', comptes: [ADMIN] },
  { chemin: '/sejours/nouveau', comptes: [ADMIN, 'agent.gosier'] },
  { chemin: '/sejours/registre', comptes: [ADMIN] },
  { chemin: '/logements/nouveau', comptes: [ADMIN] },
  { chemin: '/hebergeurs/nouveau', comptes: [ADMIN] },
  { chemin: '/sejours/:id/modifier', depuis: '/sejours', comptes: [ADMIN] },
  { chemin: '/hebergeurs/:id/fusion', depuis: '/hebergeurs', comptes: [ADMIN] },
  { chemin: '/logements/:id/modifier', depuis: '/logements', comptes: [ADMIN] },
  { chemin: '/logements/:id/fermetures/nouvelle', depuis: '/logements', comptes: [ADMIN] },
  { chemin: '/logements/:id/collectes/nouvelle', depuis: '/logements', comptes: [ADMIN], genre: 'formulaire' },
  { chemin: '/logements/:id/hebergeur', depuis: '/logements', comptes: [ADMIN] },
  fiche('/sejours', [ADMIN], '/notes'),
  fiche('/hebergeurs', [ADMIN], '/notes'),
  liste('/travaux', ['exploitant']),
  fiche('/travaux', ['exploitant']),
  { chemin: '/travaux/files', comptes: ['exploitant'], genre: 'exploitation' },
  { chemin: '/travaux/files/exports', comptes: ['exploitant'], genre: 'exploitation' },
  { chemin: '/exploitation', comptes: ['exploitant'], genre: 'exploitation' },
  { chemin: '/travaux/lectures', comptes: ['exploitant'], genre: 'exploitation' },
  { chemin: '/travaux/planifications', comptes: ['exploitant'], genre: 'exploitation' },
  fiche('/travaux/planifications', ['exploitant']),
  { chemin: '/motifs', comptes: [ADMIN] },
  { chemin: '/deux-personnes', comptes: [ADMIN] },
  liste('/imports'),
  { chemin: '/imports/nouveau', comptes: [ADMIN, 'agent.gosier'] },
  { chemin: '/imports/dossiers', comptes: [ADMIN] },
  liste('/lignes', [ADMIN]),
  liste('/profils'),
  liste('/anomalies', [ADMIN]),
  liste('/actions', [ADMIN]),
  fiche('/actions'),
  liste('/journal', [ADMIN]),
  fiche('/journal'),
  { chemin: '/exports', comptes: [ADMIN], genre: 'tableau' },
  fiche('/exports'),
  { chemin: '/vues', comptes: [ADMIN, 'agent.gosier'], genre: 'tableau' },
  { chemin: '/vues/:id/modifier', depuis: '/vues', comptes: [ADMIN] },
  { chemin: '/vues?liste=sejours&etat=statut%3Dvalide%26densite%3Daeree', comptes: [ADMIN] },
  { chemin: '/sejours?statut=conteste&densite=aeree&vue=1.1', comptes: [ADMIN] },
  { chemin: '/programmes', comptes: [ADMIN, 'agent.gosier'], genre: 'tableau' },
  { chemin: '/programmes/nouveau', comptes: [ADMIN] },
  fiche('/programmes'),
  { chemin: '/avis', comptes: [ADMIN, 'agent.gosier'], genre: 'tableau' },
  { chemin: '/compte', comptes: [ADMIN] },
  liste('/jetons'),
  { chemin: '/jetons/nouveau', comptes: [ADMIN, 'agent.gosier'] },
  fiche('/jetons'),
  { chemin: '/compte/second-facteur', comptes: [ADMIN], genre: 'formulaire' },
  { chemin: '/compte/identite', comptes: [ADMIN], genre: 'formulaire' },
  { chemin: '/compte/confirmation?retour=%2Fcompte&fin=gardee', comptes: [ADMIN], genre: 'formulaire' },
  { chemin: '/journal?action=modification&objet=vue&q=josiane', comptes: [ADMIN], genre: 'liste' },
  { chemin: '/aide', comptes: [ADMIN, null] },
  { chemin: '/aide?q=exporter', comptes: [ADMIN], genre: 'aide' },
  { chemin: '/aide?q=zzzzqqq', comptes: [ADMIN], genre: 'aide' },
  { chemin: '/aide/agent', comptes: [ADMIN] },
  { chemin: '/aide/administrateur', comptes: [ADMIN], genre: 'aide' },
  { chemin: '/aide/exploitation', comptes: ['exploitant'], genre: 'aide' },
  { chemin: '/aide/api', comptes: [ADMIN], genre: 'aide' },
  { chemin: '/api/documentation', comptes: [ADMIN] },
  { chemin: '/aide/raccourcis', comptes: [ADMIN], genre: 'aide' },
  { chemin: '/attente', comptes: [ADMIN] },
  { chemin: '/mentions-legales', comptes: [ADMIN, null], genre: 'texte' },
  { chemin: '/donnees-personnelles', comptes: [ADMIN], genre: 'texte' },
  { chemin: '/accessibilite', comptes: [null, ADMIN] },
  { chemin: '/textes', comptes: [ADMIN] },
  fiche('/textes'),
  { chemin: '/sejours?statut=inconnu', comptes: [ADMIN], statut: 400, genre: 'erreur' },
  { chemin: '/sejours/999999999', comptes: [ADMIN], statut: 404, genre: 'erreur' },
  { chemin: '/invitation/jeton-inconnu', comptes: [null], statut: 410, genre: 'erreur' },
];

// The real address of a screen, for someone signed in as `context` is.
export async function adresse(context, ecran) {
  if (!ecran.depuis) return ecran.chemin;
  const html = await (await context.request.get(ecran.depuis)).text();
  const trouvee = html.match(new RegExp(`<tr[^>]*>(?:(?!</tr>)[\\s\\S])*?href="(${ecran.depuis}/[\\w-]+)"`));
  if (!trouvee) throw new Error(`${ecran.depuis} : aucune ligne ne mène à une fiche`);
  return ecran.chemin.replace(`${ecran.depuis}/:id`, trouvee[1]);
}
