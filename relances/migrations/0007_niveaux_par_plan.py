"""Every level has its plan; a week at least between two levels; what an invoice still waits for."""

import django.db.models.deletion
from django.db import migrations, models

AVANT = """
    CREATE VIEW relances_avancement AS
    SELECT r.facture_id, max(n.jours) AS jours, max(r.jour) AS dernier
    FROM relances_relance r JOIN relances_niveau n ON n.id = r.niveau_id
    WHERE r.annulee_le IS NULL GROUP BY r.facture_id
"""
# `attente` is the most serious one: its rank goes before it for max()
APRES = """
    CREATE VIEW relances_avancement AS
    SELECT r.facture_id, max(n.jours) AS jours,
        max(coalesce(greatest(
            (c.envoye_le AT TIME ZONE 'Europe/Paris')::date,
            (r.postee_le AT TIME ZONE 'Europe/Paris')::date
        ), r.jour)) AS dernier,
        coalesce(substr(max(CASE
            WHEN c.statut = 'incertain' THEN '4envoi-incertain'
            WHEN c.statut IN ('echec', 'annule') THEN '3envoi-en-echec'
            WHEN c.statut IN ('en_attente', 'en_cours') THEN '2envoi-en-cours'
            WHEN r.canal = 'poste' AND r.postee_le IS NULL THEN '1lettre-a-poster'
        END), 2), '') AS attente
    FROM relances_relance r
    JOIN relances_niveau n ON n.id = r.niveau_id
    LEFT JOIN outbox_courriel c ON c.id = r.courriel_id
    WHERE r.annulee_le IS NULL GROUP BY r.facture_id
"""


class Migration(migrations.Migration):
    dependencies = [("relances", "0006_plans_par_defaut"), ("outbox", "0002_sujet_et_codes")]
    operations = [
        # Undone, the column comes back empty; 0006 then fills it
        migrations.AlterField(
            "niveau", "gabarit", models.CharField("modèle de message", max_length=40, default="")
        ),
        migrations.RemoveField("niveau", "gabarit"),
        migrations.AlterField(
            "niveau",
            "plan",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="niveaux",
                to="relances.planderelance",
            ),
        ),
        migrations.AlterField(
            "niveau",
            "ton",
            models.CharField(
                choices=[
                    ("amical", "Rappel amical"),
                    ("ferme", "Rappel ferme"),
                    ("mise_en_demeure", "Mise en demeure"),
                ],
                max_length=20,
            ),
        ),
        migrations.RemoveConstraint(
            model_name="niveau",
            name="niveau_delai",
        ),
        migrations.AddConstraint(
            model_name="niveau",
            constraint=models.CheckConstraint(
                condition=models.Q(("delai_minimum__gte", 7)),
                name="niveau_delai",
                violation_error_message="Jamais deux niveaux dans la même semaine : 7 jours.",
            ),
        ),
        migrations.AlterField(
            "relance",
            "passage",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="relances",
                to="relances.passage",
            ),
        ),
        migrations.RunSQL("DROP VIEW relances_avancement", AVANT),
        migrations.RunSQL(APRES, "DROP VIEW relances_avancement"),
    ]
