"""Let ``python app`` start Topicscope from a checkout."""

from __future__ import annotations

from topicscope.__main__ import main

raise SystemExit(main())
