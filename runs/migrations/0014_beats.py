from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("runs", "0013_search_text")]

    operations = []
