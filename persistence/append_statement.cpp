#include "persistence/append_statement.hpp"

#include "persistence/array_parameter.hpp"

#include <cassert>
#include <libpq-fe.h>
#include <map>

namespace frontrow::persistence::detail {

namespace {

// The fence comes first whatever the plan: the inserts' only condition is its count. In shard order, so that
// two batches and a takeover can wait for one another but never in a circle.
#define FRONTROW_FENCE                                                                                                 \
  "with fence as materialized (select s.shard from shard s "                                                          \
  "where (s.shard, s.epoch) in (select * from unnest($1::int[], $2::bigint[])) "                                       \
  "order by s.shard for share of s), "                                                                                 \
  "rows as (insert into journal (shard, kind, entity, version, epoch, trace_id, at, type, data, party) "              \
  "select * from unnest($3::int[], $4::text[]::entity_kind[], $5::bigint[], $6::bigint[], $7::bigint[], "             \
  "$8::text[], $9::bigint[], $10::text[], $11::jsonb[], $12::bigint[]) "                                               \
  "where (select count(*) from fence) = cardinality($1::int[]))"

constexpr auto append_rows = FRONTROW_FENCE " select count(*) from fence";
constexpr auto append_rows_and_wake =
    FRONTROW_FENCE ", wake as (insert into entity (shard, kind, entity) "
                   "select * from unnest($13::int[], $14::text[]::entity_kind[], $15::bigint[]) "
                   "where (select count(*) from fence) = cardinality($1::int[]) on conflict do nothing) "
                   "select count(*) from fence";
#undef FRONTROW_FENCE

// One event alone, as a quiet system's commits have, and those of a storm of joins: no arrays, and a plan of few
// nodes to set up.
constexpr auto append_one =
    "insert into journal (shard, kind, entity, version, epoch, trace_id, at, type, data, party) "
    "select s.shard, $3::text::entity_kind, $4::bigint, $5::bigint, s.epoch, $6::text, $7::bigint, $8::text, "
    "$9::text::jsonb, $10::bigint from shard s where s.shard = $1::int and s.epoch = $2::bigint for share of s";

constexpr auto find_first = "select 1 from journal where kind = $1::entity_kind and entity = $2::bigint "
                            "and version = $3::bigint and epoch = $4::bigint";

constexpr auto read_epochs = "select shard, epoch from shard where shard = any($1::int[])";

// What is stored is durable, hence true under any epoch, and the newest version wins: the epochs need not be held, and a
// large snapshot makes no takeover wait.
constexpr auto upsert_snapshots =
    "with wanted as materialized (select * from unnest($1::int[], $2::bigint[], $3::text[]::entity_kind[], "
    "$4::bigint[], $5::bigint[], $6::int[], $7::text[]) as w(shard, epoch, kind, entity, version, format, data)) "
    "insert into snapshot as old (kind, entity, version, format, data) "
    "select kind, entity, version, format, data from wanted join shard using (shard, epoch) "
    "on conflict (kind, entity) do update set version = excluded.version, format = excluded.format, "
    "data = excluded.data where old.version < excluded.version";

using shard_epochs = std::map<shard_number, epoch_number>;

shard_epochs shards_of(const batch& part) {
  shard_epochs shards;
  for (const auto* submission : part) {
    const auto& stream = *submission->stream;
    const auto [at, fresh] = shards.emplace(stream.address.shard, stream.epoch);
    assert(fresh || at->second == stream.epoch); // the lane splits batches by epoch
  }
  return shards;
}

struct row_arrays {
  integer_array shard;
  bigint_array entity, version, epoch, at, party;
  text_array kind, trace_id, type;
  jsonb_array data;

  void add(const submission& submission) {
    const auto& [address, stream_epoch, listener, submitted, durable, failed, snapshot] = *submission.stream;
    auto next = submission.first;
    for (const auto& row : submission.rows) {
      shard.add(address.shard);
      kind.add(domain::name_of(address.entity.kind));
      entity.add(address.entity.id);
      version.add(next++);
      epoch.add(stream_epoch);
      trace_id.add(row.trace_id);
      at.add(row.at.time_since_epoch().count());
      type.add(row.type);
      data.add(row.data);
      party.add(row.party);
    }
  }
};

struct wake_arrays {
  integer_array shard;
  text_array kind;
  bigint_array entity;

  void add(const entity_address& address) {
    shard.add(address.shard);
    kind.add(domain::name_of(address.entity.kind));
    entity.add(address.entity.id);
  }
};

/// A prepared statement's values, as libpq takes them.
class statement_values {
public:
  explicit statement_values(std::size_t count) { bound_.reserve(count); }

  void add(std::int64_t number) { bound_.push_back({std::to_string(number), as_text, false}); }
  void add(std::optional<std::int64_t> number) {
    bound_.push_back({number ? std::to_string(*number) : "", as_text, !number});
  }
  /// In binary form: as a C string, a text with a NUL would be cut there instead of refused.
  void add(std::string_view bytes) { bound_.push_back({std::string{bytes}, as_bytes, false}); }
  template <array_of Of>
  void add(const array_parameter<Of>& array) {
    add(std::string_view{array.bytes()});
  }

  void send(PGconn* to, const char* statement) const {
    std::vector<const char*> values;
    std::vector<int> lengths, formats;
    for (const auto& each : bound_) {
      values.push_back(each.is_null ? nullptr : each.bytes.c_str());
      lengths.push_back(static_cast<int>(each.bytes.size()));
      formats.push_back(each.format);
    }
    if (PQsendQueryPrepared(to, statement, static_cast<int>(bound_.size()), values.data(), lengths.data(),
                            formats.data(), as_text) == 0)
      throw pqxx::broken_connection{PQerrorMessage(to)};
  }

private:
  static constexpr int as_text = 0, as_bytes = 1;
  struct bound {
    std::string bytes;
    int format;
    bool is_null;
  };
  std::vector<bound> bound_;
};

append_answer send_one(PGconn* to, const submission& only) {
  const auto& stream = *only.stream;
  const auto& entity = stream.address.entity;
  const auto& row = only.rows.front();
  statement_values values{10};
  values.add(std::int64_t{stream.address.shard});
  values.add(stream.epoch);
  values.add(domain::name_of(entity.kind));
  values.add(entity.id);
  values.add(only.first);
  values.add(row.trace_id);
  values.add(std::int64_t{row.at.time_since_epoch().count()});
  values.add(row.type);
  values.add(row.data);
  values.add(row.party);
  values.send(to, "append_one");
  return append_answer{1};
}

append_answer send_rows(PGconn* to, const batch& part) {
  const auto shards = shards_of(part);
  integer_array shard;
  bigint_array epoch;
  for (const auto& [number, at_epoch] : shards) {
    shard.add(number);
    epoch.add(at_epoch);
  }
  row_arrays rows;
  wake_arrays wake;
  for (const auto* submission : part) {
    rows.add(*submission);
    if (submission->wake == wake_up::at_start)
      wake.add(submission->stream->address);
  }
  statement_values values{15};
  const auto add_all = [&](const auto&... arrays) { (values.add(arrays), ...); };
  add_all(shard, epoch, rows.shard, rows.kind, rows.entity, rows.version, rows.epoch, rows.trace_id, rows.at,
          rows.type, rows.data, rows.party);
  const auto wakes = wake.shard.count() > 0;
  if (wakes)
    add_all(wake.shard, wake.kind, wake.entity);
  values.send(to, wakes ? "append_and_wake" : "append");
  return append_answer{shards.size()};
}

} // namespace

void prepare_appends(opened_connection& connection) {
  pqxx::nontransaction transaction{*connection};
  // The parameters are large: planning anew with their values in sight would cost more than the insert.
  transaction.exec0("set plan_cache_mode = force_generic_plan");
  connection->prepare("append_one", append_one);
  connection->prepare("append", append_rows);
  connection->prepare("append_and_wake", append_rows_and_wake);
  connection->prepare("store_snapshots", upsert_snapshots);
  for (const auto* sent_without_pqxx : {"append_one", "append", "append_and_wake"})
    connection->prepare_now(sent_without_pqxx);
  PQsetnonblocking(connection.handle(), 1);
}

append_answer send_append(opened_connection& connection, const batch& part) {
  const auto& first = *part.front();
  const auto alone = part.size() == 1 && first.rows.size() == 1 && first.wake == wake_up::as_before;
  return alone ? send_one(connection.handle(), first) : send_rows(connection.handle(), part);
}

bool has_gone(opened_connection& connection) {
  return PQflush(connection.handle()) == 0;
}

bool has_landed(pqxx::connection_base& connection, const batch& part) {
  const auto& first = *part.front();
  pqxx::nontransaction transaction{connection};
  return !transaction
              .exec_params(find_first, std::string{domain::name_of(first.stream->address.entity.kind)},
                           first.stream->address.entity.id, first.first, first.stream->epoch)
              .empty();
}

std::vector<shard_number> stale_shards(pqxx::connection_base& connection, const batch& part) {
  auto stale = shards_of(part);
  integer_array numbers;
  for (const auto& [shard, epoch] : stale)
    numbers.add(std::int64_t{shard});
  pqxx::nontransaction transaction{connection};
  for (const auto& row : transaction.exec_params(read_epochs, numbers.value())) {
    const auto found = stale.find(static_cast<shard_number>(number_in(row[0])));
    if (found != stale.end() && found->second == number_in(row[1]))
      stale.erase(found);
  }
  std::vector<shard_number> shards;
  for (const auto& [shard, epoch] : stale)
    shards.push_back(shard);
  return shards;
}

void store_snapshots(pqxx::connection_base& connection, const std::vector<const due_snapshot*>& due) {
  integer_array shard, format;
  bigint_array epoch, entity, version;
  text_array kind, data;
  for (const auto* one : due) {
    shard.add(one->stream->address.shard);
    epoch.add(one->stream->epoch);
    kind.add(domain::name_of(one->stream->address.entity.kind));
    entity.add(one->stream->address.entity.id);
    version.add(one->row.version);
    format.add(one->row.format);
    data.add(one->row.data);
  }
  pqxx::nontransaction transaction{connection};
  transaction.exec_prepared0("store_snapshots", shard.value(), epoch.value(), kind.value(), entity.value(),
                             version.value(), format.value(), data.value());
}

} // namespace frontrow::persistence::detail
