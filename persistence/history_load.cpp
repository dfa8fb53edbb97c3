#include "persistence/history_load.hpp"

#include "persistence/array_parameter.hpp"

#include <spdlog/spdlog.h>

#include <limits>
#include <string>
#include <unordered_map>
#include <utility>

namespace frontrow::persistence::detail {

namespace {

constexpr auto all_versions = std::numeric_limits<version_number>::max();

const std::string select_page = std::string{"select "} + event_columns +
                                " from journal j where j.kind = $1::entity_kind and j.entity = $2::bigint "
                                "and j.version > $3::bigint and j.version <= $4::bigint order by j.version limit $5::bigint";
constexpr auto select_snapshot = "select version, format, data from snapshot where kind = $1::entity_kind "
                                 "and entity = $2::bigint and version <= $3::bigint";
constexpr auto select_snapshots =
    "select entity, version, format, case when octet_length(data) <= $3::bigint then data end "
    "from snapshot where kind = $1::entity_kind and entity = any($2::bigint[])";
// The limit is each entity's own: one long history does not crowd out the others, and memory is bounded.
const std::string select_group =
    std::string{"select w.nth, "} + event_columns +
    " from unnest($2::bigint[], $3::bigint[]) with ordinality as w(entity, after, nth) cross join lateral "
    "(select * from journal e where e.kind = $1::entity_kind and e.entity = w.entity and e.version > w.after "
    "order by e.version limit $4::bigint) j order by w.nth, j.version";

std::string kind_name(entity_kind kind) {
  return std::string{domain::name_of(kind)};
}

snapshot_row snapshot_in(const pqxx::row& row, pqxx::row::size_type from) {
  return {.version = number_in(row[from]),
          .format = static_cast<std::int32_t>(number_in(row[from + 1])),
          .data = {row[from + 2].c_str(), row[from + 2].size()}};
}

/// One history on its way to its consumer: what was delivered so far.
class delivery {
public:
  delivery(entity_ref entity, history_consumer& consumer, version_number after)
      : entity_(entity), consumer_(&consumer), version_(after) {}

  version_number version() const { return version_; }

  void snapshot(const snapshot_row& snapshot) {
    consumer_->snapshot(snapshot);
    version_ = snapshot.version;
  }

  /// False: the journal has a hole, which nothing in this program can have made. The load has failed.
  bool events(std::span<const stored_event> page) {
    for (std::size_t nth = 0; nth < page.size(); ++nth)
      if (page[nth].version != version_ + 1 + static_cast<version_number>(nth)) {
        spdlog::critical("the journal of {} {} has version {} where {} was due", kind_name(entity_.kind), entity_.id,
                         page[nth].version, version_ + 1 + static_cast<version_number>(nth));
        consumer_->failed(database_failure::rejected);
        return false;
      }
    if (page.empty())
      return true;
    consumer_->events(page);
    version_ = page.back().version;
    return true;
  }

  void loaded() { consumer_->loaded(version_); }
  void failed(database_failure reason) { consumer_->failed(reason); }

private:
  entity_ref entity_;
  history_consumer* consumer_;
  version_number version_;
};

/// What comes after the delivered, page by page, to the end.
void deliver_rest(link& from, entity_ref entity, version_number through, std::size_t page_rows, delivery& to) {
  for (;;) {
    const auto page = from.read([&](pqxx::nontransaction& transaction) {
      return events_in(transaction.exec_params(select_page, kind_name(entity.kind), entity.id, to.version(), through,
                                               static_cast<std::int64_t>(page_rows)));
    });
    if (!page)
      return to.failed(page.error());
    if (!to.events(*page))
      return;
    if (page->size() < page_rows)
      return to.loaded();
  }
}

/// False: failed, and told so.
bool deliver_snapshot(link& from, entity_ref entity, version_number through, delivery& to) {
  const auto snapshot = from.read([&](pqxx::nontransaction& transaction) -> std::optional<snapshot_row> {
    const auto rows = transaction.exec_params(select_snapshot, kind_name(entity.kind), entity.id, through);
    if (rows.empty())
      return std::nullopt;
    return snapshot_in(rows[0], 0);
  });
  if (!snapshot) {
    to.failed(snapshot.error());
    return false;
  }
  if (*snapshot)
    to.snapshot(**snapshot);
  return true;
}

struct group_snapshot {
  snapshot_row row;
  bool fetched = false; ///< false: too large for the group
};

/// By entity. Of one entity some may ask from the start and others for the rest alone.
class group_snapshots {
public:
  void add(std::int64_t entity, group_snapshot snapshot) { all_.emplace(entity, std::move(snapshot)); }
  /// Null: none, or the consumer is past it.
  const group_snapshot* of(const load_request& request) const {
    const auto found = all_.find(request.entity.id);
    return request.after != 0 || found == all_.end() ? nullptr : &found->second;
  }

private:
  std::unordered_map<std::int64_t, group_snapshot> all_;
};

group_snapshots read_snapshots(pqxx::nontransaction& transaction, entity_kind kind,
                               std::span<const load_request> requests) {
  bigint_array entities;
  for (const auto& request : requests)
    if (request.after == 0)
      entities.add(request.entity.id);
  group_snapshots found;
  // libpqxx keeps the first of a name, and prepares it where a connection needs it first.
  transaction.conn().prepare("load_snapshots", select_snapshots);
  for (const auto& row :
       transaction.exec_prepared("load_snapshots", kind_name(kind), entities.value(), group_snapshot_bytes_max))
    found.add(number_in(row[0]), {snapshot_in(row, 1), !row[3].is_null()});
  return found;
}

/// Each request's first events, in the order of the requests.
std::vector<std::vector<stored_event>> read_events(pqxx::nontransaction& transaction, entity_kind kind,
                                                   std::span<const load_request> requests,
                                                   const group_snapshots& snapshots, std::size_t group_rows) {
  bigint_array entities, after;
  for (const auto& request : requests) {
    const auto* snapshot = snapshots.of(request);
    entities.add(request.entity.id);
    after.add(snapshot == nullptr ? request.after : snapshot->row.version);
  }
  std::vector<std::vector<stored_event>> events(requests.size());
  transaction.conn().prepare("load_events", select_group);
  for (const auto& row : transaction.exec_prepared("load_events", kind_name(kind), entities.value(), after.value(),
                                                   static_cast<std::int64_t>(group_rows)))
    events[static_cast<std::size_t>(number_in(row[0]) - 1)].push_back(event_in(row, 1));
  return events;
}

} // namespace

void load_one(link& from, entity_ref entity, const load_options& options, std::size_t page_rows,
              history_consumer& consumer) {
  delivery to{entity, consumer, options.after};
  const auto through = options.through.value_or(all_versions);
  if (options.after == 0 && options.snapshot == snapshots::used && !deliver_snapshot(from, entity, through, to))
    return;
  deliver_rest(from, entity, through, page_rows, to);
}

void load_group(link& from, entity_kind kind, std::span<const load_request> requests, std::size_t group_rows,
                std::size_t page_rows) {
  group_snapshots snapshots;
  const auto events = from.read([&](pqxx::nontransaction& transaction) {
    snapshots = read_snapshots(transaction, kind, requests);
    return read_events(transaction, kind, requests, snapshots, group_rows);
  });
  if (!events) {
    for (const auto& request : requests)
      request.consumer->failed(events.error());
    return;
  }
  // The short ones first: nobody waits for another one's ten million events.
  std::vector<std::pair<std::size_t, delivery>> unfinished;
  for (std::size_t nth = 0; nth < requests.size(); ++nth) {
    delivery to{requests[nth].entity, *requests[nth].consumer, requests[nth].after};
    const auto* snapshot = snapshots.of(requests[nth]);
    if (snapshot != nullptr && !snapshot->fetched) {
      unfinished.emplace_back(nth, to);
      continue;
    }
    if (snapshot != nullptr)
      to.snapshot(snapshot->row);
    if (!to.events((*events)[nth]))
      continue;
    if ((*events)[nth].size() < group_rows)
      to.loaded();
    else
      unfinished.emplace_back(nth, to);
  }
  for (auto& [nth, to] : unfinished) {
    if (to.version() == 0)
      // A large snapshot, read anew together with its events: by now a later one may stand there.
      load_one(from, requests[nth].entity, {}, page_rows, *requests[nth].consumer);
    else
      deliver_rest(from, requests[nth].entity, all_versions, page_rows, to);
  }
}

} // namespace frontrow::persistence::detail
