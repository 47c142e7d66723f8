//! Cues: what people say about a project, each with the words that say it, and whether they deny it.
//!
//! A cue is evidence, not a verdict: the model weighs them, the safety rules look at those that contradict a verdict.

use std::sync::LazyLock;

use regex::Regex;

use super::words::Words;
use crate::reading::pattern::rx;

/// Cues of one sort counted in a text.
const HITS_PER_CUE_MAX: usize = 4;

/// Name and pattern of each cue, on [`Words::text`].
pub const CUES: &[(&str, &str)] = &[
    (
        "still",
        r"toujours (?:bien )?(?:d actualite|valable|en cours|en recherche|a la recherche|interess\w*|preneu\w+|ouvert\w*|vivant|besoin|partant\w*|en quete|disponible|prevu|la|ok|bon|actif|active|a pourvoir|en attente|dans)|(?:est|reste|bien|encore|oui|c est|sont) d actualite|encore (?:d actualite|en recherche|ouvert\w*|valables?|besoin|a pourvoir|libre|a la recherche|disponible|vacant|en attente)|(?:cherch|recherch)\w* (?:encore|toujours)|(?:encore|toujours) (?:a |en |la |de |du |mon |ma |son |des |un |une )?(?:cherch|recherch)\w*|(?:on|je|nous|j en|ca) (?:re)?cherch\w+|recherche (?:continue|se poursuit|est|active|reprend|reste)|(?:en|a la) (?:recherche|quete)|continu\w+ (?:a|de|nos|mes|la|ma|nous|le)|(?:est|reste\w*|sont|etre) (?:toujours )?(?:bien )?(?:maintenu\w*|ouvert\w*|valables?|a pourvoir|vivant|active?|en ligne)|demeure\w*|tient (?:toujours|bon|encore)|tenons toujours|toujours (?:pas|personne|rien|aucun\w*)|on (?:y )?(?:continue|tient)|still (?:current|looking|search\w*|open|valid|need\w*|interested|on|relevant|available|want)|(?:noch|weiterhin) (?:aktuell|auf der suche|gesucht|immer)|suche (?:noch|weiter)|sigo (?:buscando|interesad\w+)|todavia|sigue (?:vigente|en pie|abierto)|preneu\w+|partant\w*",
    ),
    (
        "keep",
        r"(?:laiss\w+|gard\w+|mainten\w+|maintien\w*|conserv\w+|prolong\w+|relanc\w+|remett\w+|reactiv\w+|republi\w+) .{0,22}(?:annonce|en ligne|ouvert\w*|projet|sur la liste|publi\w*|active?|visible|place|demande)|\bn? ?(?:ne )?(?:l |le |la |les )?(?:annul|retir|supprim|ferm|enlev|efface|clotur|touch|desactiv)\w* (?:surtout )?(?:pas|rien|surtout)|surtout (?:pas|ne)|keep (?:it|the|my|me)|leave it (?:open|on|up)|(?:don t|do not) (?:close|cancel|remove)|pouvez (?:laisser|garder|maintenir|prolonger)|gardez moi|laissez (?:le|la|l|les|moi encore)|ok (?:pour )?laiss\w+",
    ),
    (
        "nobody",
        r"(?:aucun\w*|zero|pas (?:de|une seule|un seul)|sans|0) (?:\w+ )?(?:reponses?|propositions?|devis|contacts?|retours?|prestataires?|candidat\w*|offres?|nouvelles?|artisans?|appels?|mail)|personne (?:ne |n |pour|encore|a |ici|de|dispo)|(?:toujours|encore) (?:personne|rien|aucun\w*)|(?:pas|jamais|n ai|n avons) (?:encore |toujours |pour le moment )?(?:trouve|choisi\w*|retenu\w*|decid\w+|selectionn\w+|pris|fait (?:mon|notre) choix|signe|attribue|eu de)|choisi personne|retenu personne|trouve personne|rien (?:recu|trouve|signe|eu|de concret)|nobody|no one|haven t found|not found|no luck|noch niemand\w*|no he encontrado|a nadie|que (?:deux|2|un|une|trois|3) (?:reponses?|propositions?|devis|contacts?)|trop loin|perle rare",
    ),
    (
        "restart",
        r"a nouveau|de nouveau|repart\w*|relance (?:le|la|l)|est relance\w*|reprend\w*|rouvr\w+|(?:pas|n) .{0,8}(?:abandon\w+|annul\w+|disparu)|ni (?:annul|abandon|attribu|report)\w+|case depart|on recommence|obtenu (?:la|le|une|notre)|accorde\w*",
    ),
    (
        "fell",
        r"faux bond|desist\w+|plante\w*|lache[es]?\b|laches|lapin\w*|pas (?:donne|abouti|venu\w*|fait l affaire|convenu)|(?:jamais|pas) (?:venu|revenu|rappele|repondu|donne)|sans suite|retract\w+|disparu|n a pas (?:tenu|marche)|avai\w+ (?:trouve|choisi|signe|cru|pense|laisse|arrete|abandonne|dit|retenu)|pas d accord|hors budget|trop cher\w*",
    ),
    (
        "found",
        r"\b(?:trouve|choisi\w*|retenu\w*|retenons|sign(?:e|es|ee|ons|er|ature)\b|embauch\w+|engag\w+|confi(?:e|es|ee|er|ons)\b|attribu\w+|selectionn\w+|recrut\w+|hired|found|chose|chosen|picked|went with|awarded|booked|affaire (?:conclue|faite)|pris (?:quelqu|un|une|le|la|l|celui)|pourvu\w*|a (?:demarre|commence)|ont (?:demarre|commence)|(?:j |on |nous |avons |ai )?(?:a |ai |avons )?(?:deja )?quelqu un|accepte (?:l|son|sa|le|une)|valide (?:le|son|l)|s en (?:est )?(?:occupe|charge)\w*|s occupe (?:desormais|maintenant|de)|a bien voulu|opte\w*|fait appel|notifie\w*|titulaire|laureat|travaille (?:deja )?avec|travaillons (?:deja )?avec|gefunden|beauftragt|encontr\w+|contrat(?:e|amos|ado)|wajad\w*|wjdt)",
    ),
    (
        "here",
        r"(?:chez|par|via|grace a|sur|de|d|parmi|dans|hors) (?:vous|votre (?:site|plateforme|intermediaire|biais|service|entremise|liste|reseau|vivier|selection|catalogue|espace)|vos (?:\w+))\b|(?:un|une|l un|l une|quelqu un|celui|deux|trois|1|autre) (?:de |des |d |parmi )(?:vos|votre|vous|chez vous|eux|entre eux|ces)|(?:que|qu) (?:vous )?(?:\w+ )?(?:nous |m |me )?(?:avez|aviez) (?:propos|envoy|present|recommand|mis|conseill|indiqu|trouv|transm|suggere)\w*|(?:sur|via|par|de|avec) (?:la|cette) plateforme|votre (?:site|plateforme|entremise|intermediaire|prestataire|candidat\w*|adherent\w*|service|artisan|membre)|(?:vos|votre) (?:prestataire|professionnels?|artisans?|candidat\w*|freelances?|membres?)|ici\b|a l annonce|par l annonce|(?:qui|ayant) (?:\w+ ){0,2}(?:repondu|contacte|postule|candidate)|inscrite? chez vous|referencee? chez vous|through (?:you|your)|(?:on|from|via) your (?:site|platform|website)|one of your|your (?:site|platform|providers?|website)|thanks to you|uber (?:sie|ihre)|ihr\w* (?:plattform|anbieter)|gracias a (?:ustedes|vosotros|su)|su (?:pagina|plataforma|web)|sus (?:proveedores|profesionales)|le (?:premier|deuxieme|second|troisieme) (?:candidat|devis)|(?:la|votre) proposition",
    ),
    (
        "outside",
        r"ailleurs|(?:autre|propre|nos propres|mes propres|autre) (?:site|plateforme|agence|part|biais|moyens?|societe|solution|entreprise|personne|prestataire|fournisseur|cote)|quelqu un d autre|concurren\w+|hors (?:de )?(?:votre|plateforme|site|la)|en dehors|bouche a oreille|(?:beau|belle) ?(?:frere|pere|fils|soeur|mere|parents)|cousine?s?|voisine?s?|neveu|niece|oncle|tante|\bamie?s?\b|copains?|copine|pote|connaissance|collegue|frere|soeur|gendre|(?:mon|ma|mes|le|son) (?:fils|fille|mari|femme|pere|mere|comptable|plombier|electricien|garagiste|jardinier|agence|imprimeur|informaticien|assurance|banque|syndic|assureur|chauffagiste|menuisier|macon|peintre|avocat|notaire|\w+ (?:habituel|attitre))|habituel\w*|historique|en interne|interne(?:ment)?\b|nous memes?|moi meme|lui meme|soi meme|stagiaire|alternant\w*|etudiante?|salarie|benevole|en direct|local\w*|(?:du|de mon|de notre|dans le) (?:coin|village|quartier|pays)|de (?:mon|notre|son) cote|par (?:mes|nos) propres|par (?:un|une|des|mon|ma) (?:\w+)|relation|leboncoin|facebook|malt|fiverr|google|pages jaunes|annuaire|pas (?:chez|par|grace a|via) (?:vous|votre)|debrouill\w+|elsewhere|someone else|(?:on|by) (?:my|our) own|friend|neighbou?r|in ?house|local company|anderweitig|woanders|bekannt\w*|por mi cuenta|otro lado|otra (?:persona|empresa)|amigo|primo|siege|maison mere|groupe|editeur|fournisseur actuel|appris|tout (?:pret|fait)|logiciel",
    ),
    (
        "done",
        r"c est (?:deja )?(?:fait|regle|boucle|pris|gere)|(?:a|ont|est|ete|j ai|l ai|deja|l a|ai tout) (?:deja )?(?:ete )?(?:fait\w*|realise\w*|regle\w*|change\w*|repare\w*|termine\w*|posee?s?|traduit\w*|refait\w*)|travaux (?:sont )?(?:termines|finis|faits)|already done|took care|all done|c est bon|erledigt|ya (?:esta|lo) (?:hecho|hizo)|besoin (?:est )?couvert",
    ),
    (
        "drop",
        r"abandon\w+|laiss\w* tomb\w*|renonc\w+|(?:plus|pas) (?:vraiment |du tout )?(?:d actualite|a l ordre|necessaire|interesse\w*)|(?:plus|pas) rien (?:\w+ ){0,4}(?:m|nous) interesse\w*|ne (?:m|nous) interesse\w* plus|tomb\w* a l eau|c est (?:mort|fini|foutu|enterre|classe|plie|cuit|non|termine)|(?:projet|idee|dossier|besoin|demande) .{0,12}(?:mort|enterre|avorte|caduc|stoppe|arrete|annule|abandonne|sans objet|tombe)\w*|plus (?:de|aucun|du) (?:projet|besoin|budget|sens|travaux|moyens|raison|argent)|plus besoin|sans (?:objet|suite)|(?:pas|plus) (?:donn\w* )?(?:de )?suite|change d (?:avis|idee)|(?:vendu|vend|vendons|vente de)\b|demenag\w+|liquidation|depot de bilan|cle sous la porte|cess\w+ (?:mon|notre|l|d)|(?:ferme|fermons|ferme definitivement) (?:l|la|ma|mon|notre|boutique)|licenci\w+|perdu mon (?:travail|emploi)|divorc\w+|separ(?:es?|ation)|decede\w*|deces|plus la|refus\w+ (?:le|mon|notre|les|la)|(?:refus|rejet)e[es]?\b|(?:banque|pret|permis|credit|financement) .{0,16}(?:refuse|non|dit non|rejete|tombe)\w*|trop cher\w*|hors de portee|plus les moyens|pas les moyens|n a(?:ura)? plus lieu|n aura pas lieu|n aura plus|lieu d etre|plus l(?:a|\b) ?(?:intention|envie|utilite|idee)|plus envie|plus l utilite|en (?:rester|reste|restons) la|on arrete|j arrete|nous arretons|tout arrete|s arrete|dissoute?|garde\w* (?:ma|mon|l|la|le|notre) \w+ (?:comme|actuel|ancien)\w*|(?:se|le|la|les|ne|l) (?:fera|ferai|ferons|fait|fais|faisons|feront|realiserons|aboutira|verra) (?:pas|plus|jamais|rien)|rien (?:faire|ne)|ne fait rien|on oublie|j oublie|oublie(?:z)? (?:ce|le|l)|dropped|gave up|no longer (?:need\w*|current|relevant|interested|required)|not (?:going ahead|doing|needed|happening|proceed\w*)|fell through|won t be|cancelled on our|hinfallig|verzicht\w+|nicht (?:mehr|realisiert)|hat sich (?:leider )?erledigt|no lo (?:vamos|haremos)|ya no (?:lo|nos|me|es|hay|necesit\w*)|descart\w+|fin de l histoire|definitivement|rideau",
    ),
    (
        "later",
        r"report\w+|repouss\w+|decal\w+|differ(?:e|ee|er|ons)\b|plus tard|pas (?:pour l instant|maintenant|tout de suite|pour le moment|encore (?:prets?|pres))|(?:pas|rien|ni) (?:\w+ )?avant|en pause|pause|suspend\w*|suspens|stand ?by|gele\w*|mis\w* de cote|remis\w* (?:a|au|en)|prochain(?:e|es|s)?\b|rentree|apres (?:les|l|la|le|mon|notre|paques|noel|ramadan|ca)|d ici la|dans (?:\d+|un|une|deux|trois|quatre|cinq|six|quinze|quelques|plusieurs|les prochains) (?:\w+ )?(?:jours?|semaines?|mois|ans?)|recontact\w*|(?:revenez|revene|revenir|reviendrai|reviendrons)|(?:re)?relanc\w* (?:moi|nous|la|vers)|reparl\w*|on verra|voyons|(?:on|ca|tout|projet|travaux|\w+) attend\w*|attendons|tant que|une fois (?:que|le|la)|quand (?:on|nous|j|le|la|les)|un jour peut etre|pas cette annee|postpon\w+|delayed|on hold|later|next (?:year|month|spring|week|quarter|summer)|push\w* (?:\w+ )?back|check (?:back|in)|get back to us|not now|not before|spater|verschob\w+|zuruckgestellt|melden sie sich|nachst\w+|mas adelante|aplazad\w*|pospuest\w+|parado|vuelvan|hasta|de momento|prematur\w*|trop tot|plus calme|au plus tot|moment (?:la|venu)|s en occupera|sera (?:repris|reexamine|revu|etudie)|reprendr\w+",
    ),
    (
        "time",
        r"\b(?:janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|sept|octobre|novembre|decembre|printemps|ete|automne|hiver|rentree|trimestre|semestre|vacances|fetes|noel|paques|ramadan|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|demain|semaine|mois|annee|an|ans|january|february|march|april|may|june|july|august|september|october|november|december|spring|autumn|summer|winter|q[1-4]|t[1-4]|20[2-4]\d|januar|februar|marz|oktober|enero|febrero|marzo|mayo|junio|julio|septiembre|octubre|fruhling|herbst|primavera|otono|budget|vendanges|elections)\b",
    ),
    (
        "compare",
        r"\bdevis\b|compar\w+|hesit\w+|etudi(?:e|er|ons|ent)\b|a l etude|analys\w+|examin\w+|depouill\w+|finalistes?|short ?list\w*|preselection\w*|en (?:discussions?|negociations?|pourparlers|contact|lice|balance)|en train de (?:\w+ )?(?:choisir|comparer|discuter|voir|regarder|negocier|lire)|en cours de (?:choix|selection|discussion|negociation|comparaison|decision|reflexion|signature|analyse)|discut\w+|negoci\w+|rencontr\w+|rendez vous|visites?\b|visit[ei]r|entretiens?|entrevue|plusieurs (?:\w+ )?(?:offres|propositions|devis|prestataire|candidats|echanges|pistes|artisans)|(?:deux|trois|quatre|cinq|\d) (?:\w+ )?(?:offres?|propositions?|devis|candidat\w*|prestataire|artisans?|entreprises?|agences?|freelances?|dossiers|profils|finalistes|personnes|maquettes|traduct\w+|graphistes?)|tranch\w+|decid\w+|decision|reflechi\w*|reflexion|deliber\w+|departag\w+|penche\w*|pese\w* le|offres? (?:recues?|encore)|je (?:les )?regarde|on avance|choix (?:final|imminent|en cours)|vote\w*|a la relecture|test\b|essai|echantillon|maquette|comparing|quotes?|considering|talking to|in talks|negotiating|deciding|review\w*|interview\w*|angebote?|vergleich\w+|gesprach|presupuestos?|ofertas?|hablando|conseil|comite|commission|assemblee|copropriete|validation|signer|avant de",
    ),
    (
        "call",
        r"(?:re)?appel\w+ (?:moi|nous|plutot|chez|vite|au|ma|mon|le|a|svp|demain|en|ce|vers|possible|telephon\w*)|(?:m|me|nous|se|s) (?:re)?(?:appel|telephon|joindre|joigne|rappel|contacter par)\w*|(?:re)?telephon\w+|par tel\w*|au tel\w*|coup de (?:fil|tel\w*)|(?:un|cet?|vos|quel) appels?|de vive voix|joignables?|se parler|parler a (?:quelqu|un)|etre (?:r)?appel\w+|bout du fil|visio|mon (?:numero|portable|mobile)|\bphone|call (?:me|us|back)|(?:quick|a) call|ring|speak to|talk (?:on|to)|anrufen|ruf\w* (?:sie )?(?:mich|uns)|telefonier\w*|llam\w+|telefon\w*|telnum|\d\d \d\d \d\d \d\d",
    ),
    (
        "cancel",
        r"annul\w+|supprim\w+|suppression|(?:arret\w+|stopp\w+) (?:l|la|ma|mon|les|mes|notre|nos) (?:recherches?|annonces?|demandes?|publications?)|stoppez tout|retir(?:e|er|ez|es|ons)\b|retrait|enlev\w+|otez|clotur\w+|clor\w+|clos\b|ferm(?:e|er|ez|ons)\b|effac\w+|desactiv\w+|archiv\w+|depubli\w+|mett\w+ fin|cancel\w*|close\b|closed|remove|delete|take (?:it )?down|withdraw\w*|losch\w*|stornier\w*|borr\w+|elimin\w+",
    ),
    (
        "ask",
        r"(?:pouvez|pourriez|pourrai\w*|puissiez|voulez) vous|vous pouvez|peux tu|merci de|merci d|veuillez|priere de|je (?:vous )?(?:souhaite|voudrais|veux|demande|desire|prie|aimerais|autorise|confirme)|nous (?:vous )?(?:souhaitons|voudrions|demandons|prions|confirmons)|il faut|faites|faire le necessaire|s il vous plait|svp|can you|could you|please|bitte|por favor|d accord pour|ok pour|\w+ez\b (?:le|la|les|mon|ma|tout|ce|cette|nous|moi|moi|mes|notre|svp)|a ma place|pour moi|vous en charger",
    ),
    (
        "object",
        r"\b(?:annonces?|projets?|demande|dossier|fiche|tout|publication|offre|consultation|l|le|la|les|request|listing|projekt|anzeige|proyecto|anuncio|it|post|toutes?|trois|compte)\b",
    ),
    (
        "stop",
        r"desinscri\w+|desabonn\w+|(?:ne|n|plus|pas) (?:\w+ ){0,3}(?:m |me |nous |vous )?(?:ecri\w+|envoy\w+|contact\w+|relanc\w+|sollicit\w+|import\w+|harcel\w+|adress\w+|derang\w+|recevoir|etre (?:relance|contacte|sollicite)\w*|rappel\w*)|plus (?:de|aucun\w*|vos|jamais de|un seul) (?:vos )?(?:mails?|messages?|relances?|courriels?|mel|e ?mails?|rappels?|contact|courriers?|sollicitations?|notifications?|envois?)|(?:arret\w+|cess\w+|stop\w*|fin|assez|marre|suffit) (?:tout |toute |tous |de |d |a |avec |vos |les |ces |ca |l |la |s il vous plait )*(?:m |me |nous )?(?:ecri\w+|relanc\w+|mails?|contact\w*|harcel\w*|messages?|envo\w+|sollicit\w+|e ?mails?|spam|courriels?|rappels?|communications?|correspondances?|demarch\w+|prospection|publicites?|newsletters?|notifications?)|\bstop\b|spam|harcel\w+|rgpd|cnil|droit d opposition|m oppose|liste (?:de diffusion|d envoi)|(?:vos|votre|de la|des) (?:listes?|fichiers?|base|mailing)|donnees (?:personnelles|perso)|mes (?:donnees|coordonnees)|(?:retir\w+|ray\w+|enlev\w+|supprim\w+|sort\w+|efface\w+|ote\w+) (?:moi|mon adresse|mon mail|mon email|mon contact|mes donnees|mes coordonnees|cette adresse)|lachez|lach\w+ moi|(?:fich|fout)\w+ (?:moi )?la paix|laiss\w+ (?:moi|nous) (?:tranquille|en paix)|oubli\w+ (?:moi|nous|mon adresse|mon mail)|ca suffit|unsubscribe|stop (?:emailing|writing|contact\w*|sending)|(?:remove|take) me|no more (?:e ?mails?|messages?)|don t (?:contact|email|write)|mailing list|abmeld\w*|melden sie (?:mich|uns) ab|keine (?:weiteren )?(?:mails?|nachrichten|e mails?)|no (?:me|nos) (?:escrib|envi|mand|contact)\w+|darme de baja|dar(?:me|nos)? de baja|aucun contact|n ecrivez plus|(?:inutile|pas la peine) de (?:me|m|nous) (?:re)?(?:ecri|relanc|contact)\w*|(?:m|nous) oublier|ne plus l utiliser",
    ),
    (
        "question",
        r"\?|\b(?:comment|combien|pourquoi|ou (?:est|puis|se|dois|faut|sont)|est ce (?:que|qu)|qui (?:etes|est|es)|quels?|quelles?|peut on|puis je|dois je|faut il|y a t il|avez vous|êtes vous|savoir (?:si|comment|ou)|sont ils|est il|mot de passe|identifiants?|how|what|why|where|when|who|wie|warum|wo|was|como|cuanto|donde|que es)\b",
    ),
    (
        "wh",
        r"^(?:et |mais |alors |juste |petite question |question )?(?:comment|combien|pourquoi|ou |est ce|qui |quel|peut on|puis je|dois je|faut il|y a t il|avez vous|how|what|why|where|who|wie|warum|como|cuanto)",
    ),
    (
        "account",
        r"mot de passe|identifiants?|me connecter|connexion|mon compte|mon espace|lien|bouton|page|application|password|log ?in|account",
    ),
    (
        "complaint",
        r"inadmissible|honte\w*|scandal\w+|\bnuls?\b|nulle|arnaqu\w+|decu\w*|decevant\w*|mecontent\w*|insupportable|inacceptable|plaint\w*|porter plainte|rembours\w+|escroc\w*|bug\w*|erreur \d+|page d erreur|(?:ne|n) (?:marche|fonctionne|s ouvre|repond\w*) (?:pas|jamais|plus)|plante\b|demarch\w+|pas (?:serieux|professionnel|terrible)|aucun serieux|lapins?\b|incapables?|lamentable|deplorable|pourri|penible|grossier|desagreable|insult\w+|raccroch\w+|excuses\b|foutage|charlots?|moqu\w+|grace a vous|a quoi (?:sert|servez|bon)|bravo|merci de rien|marre|ras le bol|frustrat\w+|disappoint\w+|useless|terrible|awful|arger\w*|mala experiencia|responsable|explications|mes devis bidon|fantaisiste\w*|vendu mon numero|mon numero|logs me out|doesn t work",
    ),
    (
        "wrong",
        r"(?:mauvais\w*|erreur (?:de|sur|d)|pas (?:le bon|la bonne|a la bonne)|tromp\w+ (?:de|d)|faire erreur|faites erreur|fait erreur) ?(?:destinataire|personne|adresse|mail|numero|interlocuteur)?|(?:jamais|pas|rien|n ai) (?:\w+ )?(?:depose\w*|poste\w*|publie\w*|cree|inscrit\w*|demande|fait de (?:projet|demande)|mis d annonce)|ne (?:vous )?connais (?:pas|rien|ni)|connais pas|pas concernee?|ne (?:suis|travaille|m occupe|fais) plus (?:\w+ )?(?:en charge|dans|en poste|chez|pour|de ce|partie|le|la)|homonyme|(?:aucun|pas de|pas eu de|jamais eu de|ni) projet|n est plus (?:en charge|parmi|dans|en poste|ici|chez|notre)|n est pas (?:moi|a moi|mon|mien|le bon|pour moi|notre)|pas moi|quitte (?:la|l|cette|mon|le|notre|ses)|usurp\w+|utilise mon (?:adresse|mail)|(?:cette|l) adresse (?:est|etait|appart)\w*|a la place d|ex mari|successeur|adressez vous|adresser a|voyez avec|confond\w*|de quoi vous parlez|wrong (?:person|address|email)|never (?:posted|asked|registered)|don t know (?:this|what)|no longer work|left the company|falsche\w*|geirrt|kenne (?:dieses|das|ich)|equivoc\w+|no conozco|pas (?:de )?(?:projet|maison)",
    ),
    (
        "ack",
        r"\b(?:bien recu|bien note|note\b|noted|recu\b|lu\b|vu\b|merci\b|thanks|thank you|danke|gracias|ok\b|d accord|entendu|parfait|je (?:reviens|vous recontacte|vous reponds|vous tiens|vous dis|vous redis|vous repondrai)|tiens? (?:informe|au courant)|transm\w+|a tete reposee|choukran|pour info)",
    ),
    (
        "yes",
        r"^(?:oui|si|ok|bien sur|evidemment|absolument|tout a fait|exact|affirmatif|toujours|pouce|sure|of course|claro)\b|[.,!?] (?:oui|bien sur|evidemment)\b|\boui\b",
    ),
    (
        "no",
        r"^(?:non|no|pas du tout|nullement|hélas|malheureusement)\b|[.,!?] non\b|\bnon\b",
    ),
    (
        "but",
        r"\b(?:mais|par contre|cependant|toutefois|neanmoins|en revanche|sauf|sinon|sauf que|but|however|aber|pero|donc|alors|finalement)\b",
    ),
    (
        "third",
        r"\b(?:marc|tu|toi|peux tu|t en|te laisse|collegue|mon (?:mari|fils|associe|patron|chef)|ma (?:femme|fille)|son|dit que)\b",
    ),
];

/// Words that deny, looked for near a cue.
static DENIAL: LazyLock<Regex> = LazyLock::new(|| {
    ascii(
        r"\b(?:pas|jamais|aucun\w*|personne|rien|ni|plus|sans|not|hors|dehors|ailleurs|never|nobody|nicht|kein\w*|nie|no|non|don t|didn t|haven t|won t)\b",
    )
});

/// The pluperfect and its like: what was before something else happened.
static PAST_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    ascii(
        r"\b(?:avais|avait|avions|avaient|aviez|etait|etais|had|hatte|hatten|habia|habiamos)\b(?: \w+){0,2}$",
    )
});
/// A clause that supposes.
static SUPPOSED: LazyLock<Regex> = LazyLock::new(|| {
    ascii(r"^(?:et |mais |ou |meme )?(?:si|s il|s ils|au cas ou|if|wenn|falls) \w")
});

static COMPILED: LazyLock<Vec<Cue>> = LazyLock::new(|| {
    let compiled = CUES.iter().map(|(name, pattern)| Cue {
        name,
        pattern: ascii(pattern),
        opens: pattern.contains('^'),
    });
    compiled.collect()
});

struct Cue {
    name: &'static str,
    pattern: Regex,
    /// Whether it is also looked for where a text begins: a sentence may hold it when its text does not.
    opens: bool,
}

/// Compiles a pattern for folded words: its letters are ASCII, which makes it small and quick.
pub(super) fn ascii(pattern: &str) -> Regex {
    let plain = pattern
        .replace(r"\w", "[a-z0-9]")
        .replace(r"\d", "[0-9]")
        .replace(r"\b", r"(?-u:\b)");
    rx(&plain)
}

/// A cue found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Its name in [`CUES`].
    pub cue: &'static str,
    /// Where it starts in [`Words::text`].
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// Whether a word near it in the same clause denies it.
    pub denied: bool,
    /// Number of the clause it stands in.
    pub clause: usize,
    /// Number of the sentence it stands in.
    pub sentence: usize,
}

/// Every cue in a text, in the order of [`CUES`].
#[must_use]
pub fn find(words: &Words) -> Vec<Hit> {
    find_of(words, |_| true)
}

/// Every cue in a sentence of a text that holds `whole`; those that the text has not are not looked for.
#[must_use]
pub fn find_within(words: &Words, whole: &[Hit]) -> Vec<Hit> {
    find_of(words, |cue| {
        cue.opens || whole.iter().any(|hit| hit.cue == cue.name)
    })
}

fn find_of(words: &Words, is_looked_for: impl Fn(&Cue) -> bool) -> Vec<Hit> {
    let text = words.text.as_str();
    let mut hits = Vec::new();
    for Cue { name, pattern, .. } in COMPILED.iter().filter(|cue| is_looked_for(cue)) {
        let cue = *name;
        for found in pattern.find_iter(text).take(HITS_PER_CUE_MAX) {
            let clause_start = text[..found.start()]
                .rfind(['.', '!', '?', ','])
                .map_or(0, |at| at + 1);
            let clause_end = text[found.end()..]
                .find(['.', '!', '?', ','])
                .map_or(text.len(), |at| found.end() + at);
            let clause = text[clause_start..found.start()].trim_start();
            let before = last_words(clause, 4);
            let after = first_words(&text[found.end()..clause_end], 3);
            // What was before ("j'avais trouvé"), and what is only supposed ("si j'ai trouvé"), is not what is.
            let unreal = matches!(cue, "found" | "drop" | "cancel" | "done")
                && (PAST_BEFORE.is_match(before) || SUPPOSED.is_match(clause));
            hits.push(Hit {
                cue,
                start: found.start(),
                end: found.end(),
                denied: unreal || DENIAL.is_match(before) || DENIAL.is_match(after),
                clause: text[..found.start()].matches(['.', '!', '?', ',']).count(),
                sentence: text[..found.start()].matches(['.', '!', '?']).count(),
            });
        }
    }
    hits
}

fn last_words(text: &str, count: usize) -> &str {
    let trimmed = text.trim_end();
    let start = trimmed
        .rmatch_indices(' ')
        .nth(count - 1)
        .map_or(0, |(at, _)| at);
    &trimmed[start..]
}

fn first_words(text: &str, count: usize) -> &str {
    let trimmed = text.trim_start();
    let end = trimmed
        .match_indices(' ')
        .nth(count - 1)
        .map_or(trimmed.len(), |(at, _)| at);
    &trimmed[..end]
}
