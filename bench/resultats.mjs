// From the measures of a run to a table on the terminal, a JSON file and the results part of the
// document, when one is given: node bench/resultats.mjs MESURES JSON [DOCUMENT]
import { readFileSync, writeFileSync } from "node:fs";
import { chiffres } from "./chiffres.mjs";

const DEBUT = "<!-- résultats : début (écrit par bin/bench) -->";
const FIN = "<!-- résultats : fin -->";
// Worst plans shown.
const PIRES = 10;

const [, , fichier, sortie, document] = process.argv;
const mesures = readFileSync(fichier, "utf8").trim().split("\n").map((texte, rang) => {
  try {
    return JSON.parse(texte);
  } catch (erreur) {
    throw new Error(`ligne ${rang + 1} de ${fichier} : ${erreur.message} : ${texte}`);
  }
});

const entier = (valeur) => new Intl.NumberFormat("fr-FR").format(valeur);
const decimal = (valeur, chiffres = 2) => new Intl.NumberFormat("fr-FR", { maximumFractionDigits: chiffres }).format(valeur);
const machine = mesures.find((mesure) => mesure.mesure === "machine");
const tailles = [...machine.tailles].sort((a, b) => a - b);

// The measures, as the figures ask for them.
const m = {
  tailles,
  noms: [...machine.noms].sort((a, b) => a - b),
  tous: (nom) => mesures.filter((mesure) => mesure.mesure === nom),
  un: (nom, taille) => mesures.find((mesure) => mesure.mesure === nom && (taille === undefined || mesure.taille === taille)),
  taille: (taille, noms = "séjours") => `${entier(taille)} ${noms}`,
  // Each question at the smallest and the largest size, when both give as many rows: a page of three
  // rows costs less than one of fifty, which says nothing of the size of the table. The best times are
  // compared: what disturbs a machine only ever adds. Ordered by growth.
  plans() {
    const cle = (plan) => `${plan.liste}?${plan.question} ${plan.lecteur}`;
    const petits = new Map(m.tous("plan").filter((plan) => plan.taille === tailles[0]).map((plan) => [cle(plan), plan]));
    return m.tous("plan").filter((plan) => plan.taille === tailles.at(-1)).flatMap((grand) => {
      const petit = petits.get(cle(grand));
      if (!petit || petit.lignes !== grand.lignes) return [];
      return [{ ...grand, petit_us: petit.mieux_us, rapport: grand.mieux_us / petit.mieux_us }];
    }).sort((a, b) => a.rapport - b.rapport);
  },
};

const resultats = chiffres(m);
const verdict = (resultat) => (resultat.atteint ? "OK" : "RATÉ");
const objectif = (resultat) => `${resultat.sens} ${decimal(resultat.cible)} ${resultat.unite}`.trim();
const valeur = (resultat) => `${decimal(resultat.valeur)} ${resultat.unite}`.trim();

function table(entetes, lignes) {
  const echappe = (cellule) => String(cellule).replaceAll("|", "\\|");
  return [entetes, entetes.map(() => "---"), ...lignes].map((cellules) => `| ${cellules.map(echappe).join(" | ")} |`).join("\n");
}

const NOMS = {
  commune: "première page, `statut`, une commune", archipel: "première page, `statut`, 32 communes", debut: "première page, sans filtre",
  profonde: "page du milieu de la liste", filtree: "première page, `collecteur`", recherche: "recherche de texte", "fiche.froide": "fiche d'un séjour, lue une première fois", fiche: "fiche d'un séjour",
  compte: "compte", facettes: "facettes", memoire: "fragment en mémoire", "memoire.gzip": "fragment en mémoire, compressé", redis: "fragment dans Redis",
};

function listes() {
  const lignes = [];
  for (const [nom, libelle] of Object.entries(NOMS)) {
    for (const taille of tailles) {
      const [gardel, base] = [m.un(nom, taille), m.un(`${nom}.pgbench`, taille)];
      if (!gardel) continue;
      lignes.push([libelle, entier(taille), entier(Math.round(gardel.par_s)), decimal(gardel.p50_ms), decimal(gardel.p99_ms), decimal(gardel.sql_par_page),
        base ? entier(Math.round(base.par_s)) : "", base ? decimal(gardel.par_s / base.par_s) : ""]);
    }
  }
  return table(["Page", "Séjours", "par s", "p50 ms", "p99 ms", "SQL par page", "pgbench par s", "rapport"], lignes);
}

function autres() {
  const noms = ["texte", "django.vue", "django.cache", "django.admin", "noms.fiche", "noms.logements", "noms.hebergeurs", "voisins.calme", "voisins.export"];
  const lignes = noms.flatMap((nom) => m.tous(nom));
  return table(["Mesure", "Taille", "par s", "p50 ms", "p99 ms"], lignes.map((mesure) => [mesure.mesure, entier(mesure.taille), mesure.par_s ? entier(Math.round(mesure.par_s)) : "", decimal(mesure.p50_ms), decimal(mesure.p99_ms)]));
}

function exports() {
  return table(["Format", "Séjours", "secondes", "psql \\copy", "Mo", "ouvrier, Mio au plus"], m.tous("export").map((e) => {
    const copie = m.un("copie", e.taille);
    return [e.format, entier(e.taille), decimal(e.secondes), copie ? decimal(copie.secondes) : "", decimal(e.octets / 1e6, 1), decimal(e.memoire_kio / 1024, 1)];
  }));
}

function plans() {
  const tous = m.plans();
  if (tailles.length < 2 || !tous.length) return "Une seule taille : rien à comparer.";
  const pires = tous.slice(-PIRES).reverse();
  return table(["Liste", "Question", "Lecteur", `ms à ${entier(tailles[0])}`, `ms à ${entier(tailles.at(-1))}`, "rapport"], pires.map((plan) =>
    [plan.liste, `\`${plan.question}\``, plan.lecteur.split("@")[0], decimal(plan.petit_us / 1000), decimal(plan.mieux_us / 1000), decimal(plan.rapport)]));
}

const description = [
  `${machine.coeurs} cœurs (${machine.processeur}), ${decimal(machine.memoire_mio / 1024, 1)} Gio, ${machine.noyau}, PostgreSQL ${machine.postgresql}, Redis ${machine.redis}.`,
  `Programmes compilés en ${machine.profil}, commit ${machine.commit}, ${machine.date}, ${machine.duree} s par point, charge de la machine au départ ${decimal(machine.charge)}.`,
].join(" ");
const rates = resultats.filter((resultat) => !resultat.atteint).length;
const bilan = `${resultats.length - rates} chiffres atteints, ${rates} ratés.`;

const ecartees = m.tous("ecartee").flatMap((mesure) => [`Mesure écartée : ${mesure.nom}, ${m.taille(mesure.taille)} (${mesure.cause}).`, ""]);

const partie = [
  DEBUT, "", description, "",
  ...(machine.profil === "livraison" ? [] : ["**Programmes compilés pour le débogage : ces chiffres ne disent que le bon fonctionnement du banc.**", ""]),
  `### Chiffres à atteindre`, "", bilan, "", ...ecartees,
  table(["", "Mesure", "Obtenu", "À atteindre", "", "Détail"], resultats.map((r) => [r.code, r.quoi, valeur(r), objectif(r), verdict(r), r.detail])), "",
  "### Pages", "", listes(), "", "### Filtres × tris qui ont le plus grandi", "", plans(), "",
  "### Autres", "", autres(), "", "### Exports", "", exports(), "", FIN,
].join("\n");

for (const r of resultats) console.log(`   ${r.code.padEnd(4)} ${verdict(r).padEnd(5)} ${r.quoi} : ${valeur(r)} (${objectif(r)})${r.detail ? ` ; ${r.detail}` : ""}`);
console.log(`\n   ${[bilan, ...ecartees].filter(Boolean).join("\n   ")}`);
writeFileSync(sortie, `${JSON.stringify({ machine, chiffres: resultats, mesures: mesures.filter((mesure) => mesure.mesure !== "machine") }, null, 1)}\n`);

if (document) {
  const avant = readFileSync(document, "utf8");
  const [debut, fin] = [avant.indexOf(DEBUT), avant.indexOf(FIN)];
  if (debut < 0 || fin < debut) throw new Error(`${document} n'a pas les deux repères de la partie écrite`);
  writeFileSync(document, avant.slice(0, debut) + partie + avant.slice(fin + FIN.length));
}
