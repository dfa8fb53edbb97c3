#include "persistence/append_statement.hpp"

#include "persistence/array_parameter.hpp"

#include <cassert>
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

/// In binary form: as a C string, a text with a NUL would be cut there instead of refused.
pqxx::binarystring text_parameter(const std::string& text) {
  return pqxx::binarystring{text.data(), text.size()};
}

append_end write_one(pqxx::connection& connection, const submission& only) {
  const auto& stream = *only.stream;
  const auto& entity = stream.address.entity;
  const auto& row = only.rows.front();
  pqxx::nontransaction transaction{connection};
  const auto written = transaction.exec_prepared("append_one", stream.address.shard, stream.epoch,
                                                 std::string{domain::name_of(entity.kind)}, entity.id, only.first,
                                                 text_parameter(row.trace_id), row.at.time_since_epoch().count(),
                                                 text_parameter(row.type), text_parameter(row.data), row.party);
  return written.affected_rows() == 1 ? append_end::written : append_end::fenced;
}

append_end write_rows(pqxx::connection& connection, const batch& part) {
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
  pqxx::nontransaction transaction{connection};
  const auto run = [&](auto&&... wakes) {
    return transaction.exec_prepared1(
        sizeof...(wakes) == 0 ? "append" : "append_and_wake", shard.value(), epoch.value(), rows.shard.value(),
        rows.kind.value(), rows.entity.value(), rows.version.value(), rows.epoch.value(), rows.trace_id.value(),
        rows.at.value(), rows.type.value(), rows.data.value(), rows.party.value(), wakes...);
  };
  const auto told = wake.shard.count() == 0 ? run() : run(wake.shard.value(), wake.kind.value(), wake.entity.value());
  return number_in(told[0]) == static_cast<std::int64_t>(shards.size()) ? append_end::written : append_end::fenced;
}

} // namespace

void prepare_appends(pqxx::connection& connection) {
  pqxx::nontransaction transaction{connection};
  // The parameters are large: planning anew with their values in sight would cost more than the insert.
  transaction.exec0("set plan_cache_mode = force_generic_plan");
  connection.prepare("append_one", append_one);
  connection.prepare("append", append_rows);
  connection.prepare("append_and_wake", append_rows_and_wake);
  connection.prepare("store_snapshots", upsert_snapshots);
}

append_end append(pqxx::connection& connection, const batch& part) {
  const auto& first = *part.front();
  const auto alone = part.size() == 1 && first.rows.size() == 1 && first.wake == wake_up::as_before;
  return alone ? write_one(connection, first) : write_rows(connection, part);
}

bool has_landed(pqxx::connection& connection, const batch& part) {
  const auto& first = *part.front();
  pqxx::nontransaction transaction{connection};
  return !transaction
              .exec_params(find_first, std::string{domain::name_of(first.stream->address.entity.kind)},
                           first.stream->address.entity.id, first.first, first.stream->epoch)
              .empty();
}

std::vector<shard_number> stale_shards(pqxx::connection& connection, const batch& part) {
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

void store_snapshots(pqxx::connection& connection, const std::vector<const due_snapshot*>& due) {
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
