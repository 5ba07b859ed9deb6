"""Invented people, firms and places of Maine-et-Loire, and the team of the demo. Pure data."""

# (role, first name, name, password): the logins of the demo, shown at start
EQUIPE = [
    ("patron", "Claire", "Moreau", "lavande-sous-la-tonnelle"),
    ("patron", "Antoine", "Vasseur", "cedre-bleu-du-parc"),
    ("employe", "Hugo", "Lambert", "rateau-contre-le-mur"),
    ("employe", "Inès", "Garnier", "taille-haie-bien-affute"),
    ("employe", "Malo", "Cadiou", "brouette-rouge-neuve"),
    ("comptable", "Sophie", "Renard", "registre-des-semis"),
]

PARTICULIERS = [
    ("Mme", "Françoise", "Gautier"), ("M.", "Bernard", "Bouchet"), ("Mme", "Nadia", "Rousseau"),
    ("M.", "Julien", "Leroy"), ("Mme", "Élisabeth", "Guérin"), ("M.", "Patrick", "Chauveau"),
    ("Mme", "Sylvie", "Boisdron"), ("M.", "Alain", "Cesbron"), ("Mme", "Camille", "Grelier"),
    ("M.", "Yannick", "Poirier"), ("Mme", "Monique", "Tessier"), ("M.", "Samuel", "Chevalier"),
    ("Mme", "Aurélie", "Bodin"), ("M.", "Jean-Pierre", "Richard"), ("Mme", "Leïla", "Girard"),
    ("M.", "Mathieu", "Gaudin"), ("Mme", "Odile", "Pineau"), ("M.", "Dominique", "Ménard"),
    ("Mme", "Caroline", "Fouquet"), ("M.", "Thierry", "Brossard"), ("Mme", "Jacqueline", "Cochard"),
    ("M.", "Nicolas", "Delaunay"), ("Mme", "Hélène", "Froger"), ("M.", "Gérard", "Guibert"),
    ("Mme", "Stéphanie", "Hamon"), ("M.", "Loïc", "Jolivet"), ("Mme", "Brigitte", "Lemoine"),
    ("M.", "Karim", "Maugin"), ("Mme", "Virginie", "Oger"), ("M.", "Christian", "Papin"),
    ("Mme", "Anne-Marie", "Quesnel"), ("M.", "Fabien", "Raimbault"), ("Mme", "Maud", "Saulnier"),
    ("M.", "Michel", "Thibault"), ("Mme", "Marion", "Vaslin"), ("M.", "Olivier", "Verger"),
    ("Mme", "Geneviève", "Beaumont"), ("M.", "Sébastien", "Courtin"), ("Mme", "Pauline", "Davy"),
    ("M.", "Rémi", "Hersant"),
]  # fmt: skip

PROFESSIONNELS = [
    "Domaine du Clos Ligérien", "Hôtel des Deux Rivières", "Clinique vétérinaire du Vallon",
    "Menuiserie Poilâne et Filles", "Restaurant La Gabare Bleue", "Imprimerie de la Doutre",
    "Garage du Pont-Cordier", "École Sainte-Clémence d'Anjou", "Transports Maineloire",
    "Pépinières du Grand Aubier", "Maison de retraite Les Glycines", "Ardoisières de la Roseraie",
]  # fmt: skip

SYNDICS = [
    ("Cabinet Ligeris Gestion", "Résidence Les Tilleuls"),
    ("Cabinet Ligeris Gestion", "Résidence du Mail"),
    ("Syndic Anjou Copropriétés", "Le Clos des Magnolias"),
    ("Syndic Anjou Copropriétés", "Les Terrasses de la Maine"),
    ("Foncière du Roi René", "Résidence Plantagenêt"),
    ("Foncière du Roi René", "Square des Capucins"),
    ("Immobilière des Basses Vallées", "Les Jardins de Frémur"),
    ("Immobilière des Basses Vallées", "Résidence Beau-Rivage"),
]

RUES = [
    "rue des Lilas", "chemin du Petit Bois", "allée des Charmes", "rue du Moulin à Vent",
    "route de la Corniche", "rue des Ormeaux", "impasse du Verger", "avenue des Cèdres",
    "rue de la Fontaine", "chemin des Vignes", "rue du Vieux Puits", "allée des Acacias",
    "rue des Perrières", "rue de la Chaintre", "chemin de la Levée", "rue du Clos Fleuri",
    "boulevard des Jardiniers", "rue des Ardoisiers", "place du Mail", "rue du Port",
]  # fmt: skip

COMMUNES = [
    ("49000", "Angers"), ("49100", "Angers"), ("49240", "Avrillé"), ("49800", "Trélazé"),
    ("49130", "Les Ponts-de-Cé"), ("49070", "Beaucouzé"), ("49080", "Bouchemaine"),
    ("49124", "Saint-Barthélemy-d'Anjou"), ("49000", "Écouflant"), ("49610", "Mûrs-Erigné"),
    ("49130", "Sainte-Gemmes-sur-Loire"), ("49480", "Verrières-en-Anjou"),
    ("49460", "Montreuil-Juigné"), ("49320", "Brissac Loire Aubance"), ("49400", "Saumur"),
    ("49290", "Chalonnes-sur-Loire"), ("49220", "Le Lion-d'Angers"), ("49125", "Tiercé"),
    ("49140", "Corzé"), ("49170", "Savennières"), ("49630", "Mazé-Milon"),
]  # fmt: skip

CONSIGNES = [
    "", "Portail : code 4912A, refermer derrière soi.", "Chien gentil mais il s'échappe.",
    "Clef chez la voisine, au n° 12.", "Se garer dans l'allée, jamais sur le trottoir.",
    "Pas de machine avant 9 h.", "Badge du local poubelles à prendre au bureau.",
    "Point d'eau derrière le garage.", "Ligne électrique enterrée le long de la clôture.",
]  # fmt: skip

MOTIFS_REFUS = [
    "Trop cher pour cette année.", "A retenu un autre paysagiste.", "Projet reporté au printemps.",
    "Travaux faits par la famille.", "Refusé en assemblée générale.",
]  # fmt: skip
MOTIFS_LITIGE = [
    "Conteste le métrage de la haie : nouvelle mesure à faire ensemble.",
    "Deux arbustes n'ont pas repris : remplacement demandé avant paiement.",
]
MOTIFS_EXCLUSION = [
    "Échéancier convenu par téléphone avec Claire.", "Succession en cours chez le notaire."
]  # fmt: skip
