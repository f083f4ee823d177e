"""A document as a team would have it before it uses the mock, and the overlay that says the rest.

Its schemas are combined with ``allOf``, its timestamps are plain integers, and clients choose the
keys of channels.
"""

from pathlib import Path

DOCUMENT = """\
openapi: 3.0.3
info: { title: Videos, version: "1" }
servers: [{ url: "https://api.example.com/v2" }]
security: [{ key: [] }]
paths:
  /me:
    get:
      responses:
        "200": { $ref: "#/components/responses/User" }
        "401": { $ref: "#/components/responses/Unauthorized" }
  /channels:
    get:
      operationId: listChannels
      parameters:
        - { name: page, in: query, schema: { type: integer, minimum: 1, default: 1 } }
        - { name: per_page, in: query, schema: { type: integer, maximum: 50, default: 10 } }
      responses:
        "200":
          description: Channels
          headers:
            Link: { schema: { type: string } }
            X-Total-Count: { schema: { type: integer } }
          content:
            application/json:
              schema: { type: array, items: { $ref: "#/components/schemas/Channel" } }
    post:
      operationId: createChannel
      requestBody: { $ref: "#/components/requestBodies/Channel" }
      responses:
        "201": { $ref: "#/components/responses/Channel" }
        "409": { $ref: "#/components/responses/Conflict" }
        "422": { $ref: "#/components/responses/Invalid" }
  /channels/{slug}:
    parameters: [{ name: slug, in: path, required: true, schema: { type: string } }]
    get:
      operationId: getChannel
      responses:
        "200": { $ref: "#/components/responses/Channel" }
        "404": { $ref: "#/components/responses/NotFound" }
    delete:
      operationId: deleteChannel
      responses:
        "204": { description: Deleted }
        "403": { $ref: "#/components/responses/Forbidden" }
        "404": { $ref: "#/components/responses/NotFound" }
  /channels/{slug}/videos:
    parameters: [{ name: slug, in: path, required: true, schema: { type: string } }]
    get:
      operationId: listVideos
      parameters:
        - { name: cursor, in: query, schema: { type: string } }
        - { name: limit, in: query, schema: { type: integer, minimum: 1, default: 25 } }
      responses:
        "200":
          description: Videos
          content:
            application/json:
              schema:
                type: object
                required: [data, has_more]
                properties:
                  data: { type: array, items: { $ref: "#/components/schemas/Video" } }
                  next_cursor: { type: string, nullable: true }
                  has_more: { type: boolean }
        "404": { $ref: "#/components/responses/NotFound" }
        "422": { $ref: "#/components/responses/Invalid" }
    post:
      operationId: createVideo
      requestBody:
        required: true
        content: { application/json: { schema: { $ref: "#/components/schemas/NewVideo" } } }
      responses:
        "201": { $ref: "#/components/responses/Video" }
        "403": { $ref: "#/components/responses/Forbidden" }
        "404": { $ref: "#/components/responses/NotFound" }
        "422": { $ref: "#/components/responses/Invalid" }
  /videos/{video_id}:
    parameters: [{ name: video_id, in: path, required: true, schema: { type: string } }]
    get:
      operationId: getVideo
      responses:
        "200": { $ref: "#/components/responses/Video" }
        "404": { $ref: "#/components/responses/NotFound" }
  /videos/{video_id}/publish:
    parameters: [{ name: video_id, in: path, required: true, schema: { type: string } }]
    post:
      operationId: publishVideo
      responses:
        "200": { $ref: "#/components/responses/Video" }
        "403": { $ref: "#/components/responses/Forbidden" }
        "404": { $ref: "#/components/responses/NotFound" }
        "409": { $ref: "#/components/responses/Conflict" }
  /videos/{video_id}/transcodes:
    parameters: [{ name: video_id, in: path, required: true, schema: { type: string } }]
    post:
      operationId: startTranscode
      responses:
        "202": { $ref: "#/components/responses/Transcode" }
        "404": { $ref: "#/components/responses/NotFound" }
  /transcodes/{transcode_id}:
    parameters: [{ name: transcode_id, in: path, required: true, schema: { type: integer } }]
    get:
      operationId: getTranscode
      responses:
        "200": { $ref: "#/components/responses/Transcode" }
        "404": { $ref: "#/components/responses/NotFound" }
  /transcodes/{transcode_id}/retry:
    parameters: [{ name: transcode_id, in: path, required: true, schema: { type: integer } }]
    post:
      operationId: retryTranscode
      responses:
        "202": { $ref: "#/components/responses/Transcode" }
        "404": { $ref: "#/components/responses/NotFound" }
        "409": { $ref: "#/components/responses/Conflict" }
  /presets/{name}:
    get:
      operationId: getPreset
      parameters: [{ name: name, in: path, required: true, schema: { type: string } }]
      responses:
        "200":
          description: A preset
          content: { application/json: { schema: { $ref: "#/components/schemas/Preset" } } }
        "404": { $ref: "#/components/responses/NotFound" }
components:
  securitySchemes: { key: { type: apiKey, in: header, name: X-Api-Key } }
  requestBodies:
    Channel:
      required: true
      content: { application/json: { schema: { $ref: "#/components/schemas/NewChannel" } } }
  responses:
    User:
      description: A user
      content: { application/json: { schema: { $ref: "#/components/schemas/User" } } }
    Channel:
      description: A channel
      content: { application/json: { schema: { $ref: "#/components/schemas/Channel" } } }
    Video:
      description: A video
      content: { application/json: { schema: { $ref: "#/components/schemas/Video" } } }
    Transcode:
      description: A transcode
      content: { application/json: { schema: { $ref: "#/components/schemas/Transcode" } } }
    Unauthorized:
      description: No key
      content: { application/json: { example: { code: unauthorized } } }
    Forbidden:
      description: Not yours
      content:
        application/json:
          schema: { $ref: "#/components/schemas/Error" }
          example: { code: forbidden }
    NotFound:
      description: Unknown
      content:
        application/json:
          schema: { $ref: "#/components/schemas/Error" }
          example: { code: not_found }
    Invalid:
      description: Invalid
      content:
        application/json:
          schema: { $ref: "#/components/schemas/Error" }
          example: { code: invalid }
    Conflict:
      description: Conflict
      content:
        application/json:
          schema: { $ref: "#/components/schemas/Error" }
          examples:
            taken: { value: { code: taken } }
            not_a_draft: { value: { code: not_a_draft } }
            still_running: { value: { code: still_running } }
  schemas:
    Error: { type: object, required: [code], properties: { code: { type: string } } }
    User:
      type: object
      required: [id, email]
      properties: { id: { type: string }, email: { type: string, format: email } }
    NewChannel:
      type: object
      required: [slug, title]
      properties:
        slug: { type: string, pattern: "^[a-z0-9-]+$", maxLength: 40, example: cooking }
        title: { type: string, minLength: 1, maxLength: 80 }
    Channel:
      allOf:
        - $ref: "#/components/schemas/NewChannel"
        - type: object
          required: [owner_id]
          properties: { owner_id: { type: string, readOnly: true } }
    Visibility: { type: string, enum: [draft, public] }
    NewVideo:
      type: object
      required: [title]
      properties: { title: { type: string, minLength: 1 } }
    Video:
      allOf:
        - $ref: "#/components/schemas/NewVideo"
        - type: object
          required: [id, channel, visibility]
          properties:
            id: { type: string, readOnly: true }
            channel: { type: string, readOnly: true }
            visibility: { allOf: [{ $ref: "#/components/schemas/Visibility" }], readOnly: true }
    Transcode:
      type: object
      required: [id, video_id, status, queued_at, started_at, finished_at, took_ms, log, failure]
      properties:
        id: { type: integer, format: int64 }
        video_id: { type: string }
        status: { type: string, enum: [queued, encoding, finished, failed] }
        queued_at: { type: integer, format: int64, description: Unix time }
        started_at: { type: integer, format: int64, nullable: true }
        finished_at: { type: integer, format: int64, nullable: true }
        took_ms: { type: integer, nullable: true, minimum: 0 }
        log: { type: array, items: { type: object, properties: {
          level: { type: string }, text: { type: string } } } }
        failure: { type: object, nullable: true, properties: { message: { type: string } } }
    Preset: { type: object, required: [name], properties: { name: { type: string } } }
"""
OVERLAY = """\
overlay: 1.0.0
info: { title: Resources, version: "1" }
actions:
  - target: $.components.schemas.User
    update: { x-resource: {} }
  - target: $.components.schemas.Channel
    update: { x-resource: { parent: { User: owner_id } } }
  - target: $.components.schemas.Video
    update:
      x-resource: { parent: { Channel: channel } }
      x-timeline: { status: visibility }
  - target: $.components.schemas.Visibility
    update: { x-statuses: { draft: { phase: waiting }, public: { phase: ended-well } } }
  - target: $.components.schemas.Transcode
    update:
      x-resource: { parent: { Video: video_id } }
      x-timeline:
        status: status
        roles: { started_at: started_at, completed_at: finished_at, logs: log, error: failure }
        duration: took_ms
      properties:
        queued_at: { format: unixtime }
        started_at: { format: unixtime }
        finished_at: { format: unixtime }
        status:
          x-statuses:
            queued: { phase: waiting }
            encoding: { phase: running }
            finished: { phase: ended-well }
            failed: { phase: ended-badly }
  - target: $.components.schemas.Preset
    update: { x-resource: {} }
  - target: $.paths['/me'].get
    update: { x-lookup: { finds: User, otherwise: caller } }
  - target: $.paths['/channels'].post
    update: { x-action: { do: create, set: { owner_id: { cel: caller.id } } } }
  - target: $.paths['/channels/{slug}'].delete
    update: { x-action: { do: delete, who: owner } }
  - target: $.paths['/channels/{slug}/videos'].post
    update: { x-action: { do: create, who: owner } }
  - target: $.paths['/channels/{slug}/videos'].get
    update:
      x-page:
        style: cursor
        position: cursor
        limit: limit
        body: { next: /next_cursor, has_more: /has_more }
  - target: $.paths['/videos/{video_id}/publish'].post
    update:
      x-action: { do: transition, from: draft, set: { visibility: public }, otherwise: not_a_draft }
  - target: $.paths['/transcodes/{transcode_id}/retry'].post
    update:
      x-action:
        do: restart
        from: [ended-well, ended-badly]
        set: { queued_at: now }
        otherwise: still_running
"""
FIXTURES = {
    "users.yaml": """\
users:
  - { id: usr_ada, email: ada@example.com }
  - { id: usr_bob, email: bob@example.com }
""",
    "channels.yaml": """\
channels:
  - { slug: cooking, title: Cooking, owner_id: usr_ada }
  - { slug: bikes, title: Bikes, owner_id: usr_bob }
""",
    "videos.yaml": """\
videos:
  - { id: vid_1, channel: cooking, title: Ramen, visibility: draft }
  - { id: vid_2, channel: bikes, title: Tyres, visibility: public }
""",
    "presets.yaml": "presets: [{ name: web/1080p }]\n",
    "credentials.yaml": """\
credentials:
  - { token: ada-key, User: usr_ada }
  - { token: bob-key, User: usr_bob }
""",
    "transcodes/queued.yaml": """\
about: { title: Queued }
at: "2025-06-04T00:00:00Z"
resource: { id: 1, video_id: vid_1, status: queued, queued_at: 1748995190, started_at: null,
  finished_at: null, took_ms: null, log: [], failure: null }
""",
    "transcodes/failed.yaml": """\
about: { title: Failed }
at: "2025-06-04T00:00:00Z"
resource: { id: 2, video_id: vid_1, status: failed, queued_at: 1748995100, started_at: 1748995120,
  finished_at: 1748995125, took_ms: 5000, log: [{ level: error, text: No codec }],
  failure: { message: Unknown codec } }
""",
    "scenarios/succeeds.yaml": """\
about: { title: Succeeds }
from: queued
default: true
steps:
  - { at: 1, status: encoding }
  - { at: 2, status: finished, log: [{ level: info, text: Done }] }
""",
}


def written(folder: Path) -> tuple[Path, Path, Path]:
    """Write the document, the overlay and the fixtures; return their paths."""
    spec, overlay, fixtures = folder / "openapi.yaml", folder / "overlay.yaml", folder / "fixtures"
    texts = {spec: DOCUMENT, overlay: OVERLAY}
    texts |= {fixtures / name: text for name, text in FIXTURES.items()}
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return spec, overlay, fixtures
