"""Sets who may comment in a Ghost, and writes two posts after the pattern of the one it brings: fill.py DATABASE SETTING WORDS"""

import secrets
import sqlite3
import sys
import uuid

database, setting, words = sys.argv[1:]
db = sqlite3.connect(database)
db.row_factory = sqlite3.Row


def copy(table, row, **other):
    made = dict(row) | {"id": secrets.token_hex(12)} | other
    db.execute(f"INSERT INTO {table} ({', '.join(made)}) VALUES ({', '.join('?' * len(made))})", list(made.values()))
    return made["id"]


pattern = db.execute("SELECT * FROM posts WHERE slug = 'coming-soon'").fetchone()
author = db.execute("SELECT * FROM posts_authors WHERE post_id = ?", (pattern["id"],)).fetchone()
for slug, title, visibility in (("repairs-day", "Repairs day", "public"), ("for-members", "For members", "members")):
    key = secrets.token_hex(12)
    post = copy("posts", pattern, id=key, comment_id=key, uuid=str(uuid.uuid4()), slug=slug, title=title, visibility=visibility,
                html=f"<p>{words}</p>", plaintext=words)
    copy("posts_authors", author, post_id=post)
db.execute("UPDATE posts SET status = 'draft' WHERE slug = 'coming-soon'")
db.execute("UPDATE settings SET value = ? WHERE key = 'comments_enabled'", (setting,))
db.commit()
