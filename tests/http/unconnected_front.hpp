#pragma once

#include "actors/messages.hpp"
#include "http/admin_routes.hpp"
#include "http/routes.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

namespace frontrow::http_test {

using namespace frontrow::http;

/// All routes, on a node that owns nothing and whose database cannot be reached: enough for what is decided
/// before anybody is asked.
struct unconnected_front {
  unconnected_front() {
    add_public_routes(public_routes, public_front);
    add_admin_routes(admin_routes, operators);
  }
  ~unconnected_front() {
    node.stop();
    writer.stop(std::chrono::milliseconds{0});
    reader.stop();
  }

  static persistence::journal_databases nowhere() {
    return {{"host=/nonexistent dbname=none connect_timeout=2"}};
  }
  static persistence::journal_writer_config writing() {
    persistence::journal_writer_config config;
    config.databases = nowhere();
    config.incarnation = "00000000-0000-0000-0000-000000000001";
    return config;
  }
  static persistence::journal_reader_config reading() {
    persistence::journal_reader_config config;
    config.databases = nowhere();
    return config;
  }
  struct caf_settings : caf::actor_system_config {
    caf_settings() { actors::register_messages(*this); }
  };

  caf_settings settings;
  caf::actor_system system{settings};
  persistence::journal_writer writer{writing()};
  persistence::journal_reader reader{reading()};
  persistence::database_clock clock;
  actors::node node{system, writer, reader, clock, {}, 8};
  actors::catalog catalog{node, persistence::database_session{nowhere().dsns.front()}};
  access_tokens tokens{access_token_options{.secret = "0123456789abcdef0123456789abcdef", .public_key = {}}};
  metrics figures;
  seat_list_cache seat_lists{node};
  live_hub live{node, seat_lists, figures, {}};
  place_desk places{node};
  clock_source now = [this] { return clock.now(); };
  ticket_signer tickets{"for tests"};
  front public_front{node, catalog, seat_lists, live, places, tokens, now, {}, secure_random, tickets};
  admin_front operators{node,
                        catalog,
                        figures,
                        now,
                        {[] { return std::shared_ptr<const cluster::cluster_view>{}; },
                         [] { return actors::lease_state::held; },
                         [](cluster::node_number) { return actors::membership::drain_answer::no_such_node; },
                         [] { return std::size_t{0}; }, [] {}},
                        nowhere(),
                        {}};
  public_router public_routes;
  admin_router admin_routes;
};

} // namespace frontrow::http_test
