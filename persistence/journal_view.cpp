#include "persistence/array_parameter.hpp"
#include "persistence/history_load.hpp"
#include "persistence/journal_reader.hpp"
#include "persistence/link.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>
#include <utility>

namespace frontrow::persistence {

namespace {

using detail::bigint_array;
using detail::integer_array;
using detail::text_array;
using detail::event_columns;
using detail::events_in;
using detail::number_in;

const std::string select_after = std::string{"select "} + event_columns +
                                 " from journal j where j.kind = $1::entity_kind and j.entity = $2::bigint "
                                 "and j.version > $3::bigint order by j.version limit $4::bigint";
const std::string select_before =
    std::string{"select "} + event_columns +
    " from journal j where j.kind = $1::entity_kind and j.entity = $2::bigint "
    "and j.version < $3::bigint order by j.version desc limit $4::bigint";
constexpr auto select_last = "select coalesce(max(version), 0) from journal "
                             "where kind = $1::entity_kind and entity = $2::bigint";
constexpr auto select_snapshot = "select version, format, data from snapshot "
                                 "where kind = $1::entity_kind and entity = $2::bigint";
const std::string select_party_page =
    std::string{"select "} + event_columns +
    " from journal j where j.party = $1::bigint and j.type = any($2::text[]) "
    "and (j.at, j.entity, j.version) < ($3::bigint, $4::bigint, $5::bigint) "
    "order by j.at desc, j.entity desc, j.version desc limit $6::bigint";
const std::string select_party_history =
    std::string{"select "} + event_columns +
    " from journal j join unnest($2::bigint[], $3::bigint[]) as w(entity, first) "
    "on j.entity = w.entity and j.version >= w.first "
    "where j.party = $1::bigint order by j.entity, j.version limit $4::bigint";
constexpr auto select_to_wake = "select shard, kind, entity from entity where shard = any($1::int[]) "
                                "order by shard, kind, entity";

std::int64_t as_limit(std::size_t limit) {
  return static_cast<std::int64_t>(limit);
}

std::string kind_name(entity_kind kind) {
  return std::string{domain::name_of(kind)};
}

party_cursor cursor_of(const stored_event& event) {
  return {event.row.at, event.entity.id, event.version};
}

/// The first of each entity's origins.
std::map<std::int64_t, version_number> first_versions(const std::vector<party_origin>& origins) {
  std::map<std::int64_t, version_number> first;
  for (const auto& origin : origins) {
    const auto [at, fresh] = first.emplace(origin.entity, origin.version);
    if (!fresh)
      at->second = std::min(at->second, origin.version);
  }
  return first;
}

} // namespace

journal_view::journal_view(const journal_databases& databases, const session_settings& settings)
    : databases_(databases) {
  for (const auto& dsn : databases_.dsns)
    sessions_.emplace_back(dsn, settings);
}

journal_view::answer<std::vector<stored_event>> journal_view::events_after(entity_address address,
                                                                           version_number after, std::size_t limit) {
  return session_of(address.shard).link().read([&](pqxx::nontransaction& transaction) {
    return events_in(transaction.exec_params(select_after, kind_name(address.entity.kind), address.entity.id, after,
                                             as_limit(limit)));
  });
}

journal_view::answer<std::vector<stored_event>> journal_view::events_before(entity_address address,
                                                                            version_number before, std::size_t limit) {
  // A number in any case: "or there is none" in the statement would keep a plan for all values off the index.
  const auto below = before == 0 ? std::numeric_limits<version_number>::max() : before;
  return session_of(address.shard).link().read([&](pqxx::nontransaction& transaction) {
    return events_in(transaction.exec_params(select_before, kind_name(address.entity.kind), address.entity.id, below,
                                             as_limit(limit)));
  });
}

journal_view::answer<version_number> journal_view::last_version(entity_address address) {
  return session_of(address.shard).link().read([&](pqxx::nontransaction& transaction) {
    return number_in(transaction.exec_params1(select_last, kind_name(address.entity.kind), address.entity.id)[0]);
  });
}

journal_view::answer<std::optional<snapshot_row>> journal_view::snapshot(entity_address address) {
  return session_of(address.shard).link().read([&](pqxx::nontransaction& transaction) -> std::optional<snapshot_row> {
    const auto rows = transaction.exec_params(select_snapshot, kind_name(address.entity.kind), address.entity.id);
    if (rows.empty())
      return std::nullopt;
    return snapshot_row{number_in(rows[0][0]), static_cast<std::int32_t>(number_in(rows[0][1])), rows[0][2].c_str()};
  });
}

journal_view::answer<std::vector<stored_event>> journal_view::party_page(user_id party,
                                                                         const std::vector<std::string>& types,
                                                                         std::optional<party_cursor> before,
                                                                         std::size_t limit) {
  text_array names;
  for (const auto& type : types)
    names.add(type);
  const auto types_wanted = names.value();
  constexpr auto no_time = std::numeric_limits<std::int64_t>::max();
  const auto cursor = before.value_or(party_cursor{instant{std::chrono::milliseconds{no_time}}, 0, 0});
  std::vector<stored_event> merged;
  for (auto& session : sessions_) {
    auto page = session.link().read([&](pqxx::nontransaction& transaction) {
      return events_in(transaction.exec_params(select_party_page, party, types_wanted,
                                               cursor.at.time_since_epoch().count(), cursor.entity, cursor.version,
                                               as_limit(limit)));
    });
    if (!page)
      return page.error();
    std::move(page->begin(), page->end(), std::back_inserter(merged));
  }
  std::sort(merged.begin(), merged.end(),
            [](const auto& left, const auto& right) { return cursor_of(left) > cursor_of(right); });
  if (merged.size() > limit)
    merged.resize(limit);
  return merged;
}

journal_view::answer<std::vector<stored_event>> journal_view::party_history(user_id party,
                                                                            const std::vector<party_origin>& origins,
                                                                            std::size_t limit) {
  bigint_array entities, versions;
  for (const auto& [entity, version] : first_versions(origins)) {
    entities.add(entity);
    versions.add(version);
  }
  const auto all_entities = entities.value();
  const auto all_versions = versions.value();
  std::vector<stored_event> merged;
  for (auto& session : sessions_) {
    auto events = session.link().read([&](pqxx::nontransaction& transaction) {
      return events_in(
          transaction.exec_params(select_party_history, party, all_entities, all_versions, as_limit(limit)));
    });
    if (!events)
      return events.error();
    std::move(events->begin(), events->end(), std::back_inserter(merged));
  }
  std::sort(merged.begin(), merged.end(), [](const auto& left, const auto& right) {
    return std::pair{left.entity.id, left.version} < std::pair{right.entity.id, right.version};
  });
  if (merged.size() > limit)
    merged.resize(limit);
  return merged;
}

journal_view::answer<std::vector<entity_address>> journal_view::to_wake(const std::vector<shard_number>& shards) {
  integer_array numbers;
  for (const auto shard : shards)
    numbers.add(shard);
  const auto wanted = numbers.value();
  std::vector<entity_address> all;
  for (auto& session : sessions_) {
    const auto some = session.link().read([&](pqxx::nontransaction& transaction) {
      std::vector<entity_address> found;
      for (const auto& row : transaction.exec_params(select_to_wake, wanted))
        found.push_back({{detail::kind_in(row[1]), number_in(row[2])}, static_cast<shard_number>(number_in(row[0]))});
      return found;
    });
    if (!some)
      return some.error();
    all.insert(all.end(), some->begin(), some->end());
  }
  return all;
}

void journal_view::load(entity_address address, const load_options& options, std::size_t page_rows,
                        history_consumer& consumer) {
  detail::load_one(session_of(address.shard).link(), address.entity, options, page_rows, consumer);
}

void journal_view::stop_with(const std::atomic<bool>* stopping) {
  for (auto& session : sessions_)
    session.link().stop_with(stopping);
}

void journal_view::cut_off() {
  for (auto& session : sessions_)
    session.link().cut_off();
}

} // namespace frontrow::persistence
