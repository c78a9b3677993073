from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("importer", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="mapping",
            name="match_rules",
            field=models.JSONField(blank=True, default=list, verbose_name="match rules"),
        ),
        migrations.AddField(
            model_name="odoofield",
            name="searchable",
            field=models.BooleanField(default=True),
        ),
    ]
