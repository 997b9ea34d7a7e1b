from databases import database as database
from databases import postgres_with_tables as postgres_with_tables
