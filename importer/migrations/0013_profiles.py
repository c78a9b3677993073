"""What the profiles of datasets and their sheets said."""
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('importer', '0012_labels_in_further_languages'),
    ]

    operations = [
        migrations.AlterField(
            model_name='job',
            name='kind',
            field=models.CharField(choices=[('read_dataset', 'Read dataset'), ('profile_dataset', 'Profile dataset'), ('refresh_schema', 'Refresh schema')], max_length=32),
        ),
        migrations.CreateModel(
            name='DatasetProfile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField()),
                ('score', models.PositiveSmallIntegerField()),
                ('facts', models.JSONField(default=dict)),
                ('seconds', models.FloatField()),
                ('made_at', models.DateTimeField()),
                ('dataset', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='profile', to='importer.dataset')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='importer.project')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='SheetProfile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('score', models.PositiveSmallIntegerField()),
                ('facts', models.JSONField(default=dict)),
                ('profile', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sheets', to='importer.datasetprofile')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='importer.project')),
                ('sheet', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='profile', to='importer.sheet')),
            ],
            options={
                'ordering': ('sheet__position',),
            },
        ),
    ]
