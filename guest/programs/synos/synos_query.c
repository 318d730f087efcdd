// SPDX-License-Identifier: GPL-2.0-only
/*
 * Questions: what is well formed has nobody to go to yet, the rest is refused
 * for what it is.
 */
#include "synos.h"
#include "kselftest_harness.h"

static struct synos_recommendation question(const char *query)
{
	struct synos_recommendation rec;

	memset(&rec, 0, sizeof(rec));
	snprintf(rec.query, sizeof(rec.query), "%s", query);
	return rec;
}

static uint64_t queries(void)
{
	struct synos_telemetry telemetry;

	if (synos_get_telemetry(&telemetry, sizeof(telemetry), 0))
		return -1;
	return telemetry.queries;
}

TEST(nobody_to_ask)
{
	struct synos_recommendation rec = question("what now?"), copy = rec;
	uint64_t before = queries();

	EXPECT_ERR(ENOTCONN, synos_query_recommendation(&rec, sizeof(rec), 0));
	EXPECT_EQ(0, memcmp(&rec, &copy, sizeof(rec)));
	EXPECT_EQ(before + 1, queries());
}

/* A registered daemon is no channel to it. */
TEST(nobody_to_ask_with_a_daemon)
{
	struct synos_recommendation rec = question("what now?");
	int fd;

	fd = synos_register();
	ASSERT_LE(0, fd);
	EXPECT_ERR(ENOTCONN, synos_query_recommendation(&rec, sizeof(rec), 0));
	close(fd);
}

TEST(anyone_may_ask)
{
	struct synos_recommendation rec = question("what now?");

	ASSERT_EQ(0, synos_be_nobody());
	EXPECT_ERR(ENOTCONN, synos_query_recommendation(&rec, sizeof(rec), 0));
	EXPECT_ERR(EINVAL, synos_query_recommendation(&rec, sizeof(rec), 1));
}

TEST(limits_of_the_values)
{
	struct synos_recommendation rec = question("");

	memset(rec.query, 'x', sizeof(rec.query) - 1);
	EXPECT_ERR(ENOTCONN, synos_query_recommendation(&rec, sizeof(rec), 0));

	/* What an earlier answer left is no part of the question. */
	memset(rec.response, 'x', sizeof(rec.response));
	rec.confidence = -1u;
	EXPECT_ERR(ENOTCONN, synos_query_recommendation(&rec, sizeof(rec), 0));
}

TEST(einval)
{
	struct synos_recommendation rec = question("what now?");
	const size_t size = sizeof(rec);
	uint64_t before = queries();

	EXPECT_ERR(EINVAL, synos_query_recommendation(&rec, size, 1));
	EXPECT_ERR(EINVAL, synos_query_recommendation(&rec, size, 1u << 31));
	EXPECT_ERR(EINVAL, synos_query_recommendation(&rec, 0, 0));
	EXPECT_ERR(EINVAL, synos_query_recommendation(&rec,
			SYNOS_RECOMMENDATION_SIZE_VER0 - 1, 0));
	rec.reserved = 1;
	EXPECT_ERR(EINVAL, synos_query_recommendation(&rec, size, 0));
	rec = question("");
	EXPECT_ERR(EINVAL, synos_query_recommendation(&rec, size, 0));
	memset(rec.query, 'x', sizeof(rec.query));
	EXPECT_ERR(EINVAL, synos_query_recommendation(&rec, size, 0));
	EXPECT_EQ(before, queries());
}

TEST(efault)
{
	struct synos_recommendation rec = question("what now?");
	const size_t size = sizeof(rec);

	EXPECT_ERR(EFAULT, synos_query_recommendation(NULL, size, 0));
	EXPECT_ERR(EFAULT, synos_query_recommendation((void *)-4096L, size, 0));
	EXPECT_ERR(EFAULT, synos_query_recommendation(
			synos_at_the_edge(&rec, size, size), size, 0));
	EXPECT_ERR(EFAULT, synos_query_recommendation(
			synos_at_the_edge(&rec, size, size / 2), size, 0));
	EXPECT_ERR(EFAULT, synos_query_recommendation(
			synos_at_the_edge(&rec, size, 1), size, 0));
	/* What is behind the fields known has to be readable, too. */
	EXPECT_ERR(EFAULT, synos_query_recommendation(
			synos_at_the_edge(&rec, size + 8, 8), size + 8, 0));
	EXPECT_ERR(ENOTCONN, synos_query_recommendation(
			synos_at_the_edge(&rec, size, 0), size, 0));
}

TEST(larger_struct)
{
	struct {
		struct synos_recommendation rec;
		char tail[8192];
	} big = { .rec = question("what now?") };
	const size_t size = sizeof(big.rec);

	EXPECT_ERR(ENOTCONN, synos_query_recommendation(&big.rec, size + 8, 0));
	EXPECT_ERR(ENOTCONN, synos_query_recommendation(&big.rec, 4096, 0));
	EXPECT_ERR(E2BIG, synos_query_recommendation(&big.rec, 4097, 0));
	EXPECT_ERR(E2BIG, synos_query_recommendation(&big.rec, -1UL, 0));
	big.tail[0] = 1;
	EXPECT_ERR(E2BIG, synos_query_recommendation(&big.rec, size + 1, 0));
	EXPECT_ERR(ENOTCONN, synos_query_recommendation(&big.rec, size, 0));
}

TEST_HARNESS_MAIN
