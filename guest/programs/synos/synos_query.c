// SPDX-License-Identifier: GPL-2.0-only
/*
 * Questions nobody takes: what is well formed has nobody to go to, the rest is
 * refused for what it is.  See synos_ask for those that are answered.
 */
#include "synos.h"
#include "kselftest_harness.h"

TEST(nobody_to_ask)
{
	struct synos_recommendation rec = synos_question("what now?"), copy = rec;
	uint64_t before = synos_counters().queries;

	EXPECT_ERR(ENOTCONN, synos_query_recommendation(&rec, sizeof(rec), 0));
	EXPECT_EQ(0, memcmp(&rec, &copy, sizeof(rec)));
	EXPECT_EQ(before + 1, synos_counters().queries);
}

/* It has to join as well. */
TEST(nobody_to_ask_with_a_daemon)
{
	struct synos_recommendation rec = synos_question("what now?");
	int fd;

	fd = synos_register();
	ASSERT_LE(0, fd);
	EXPECT_ERR(ENOTCONN, synos_query_recommendation(&rec, sizeof(rec), 0));
	close(fd);
}

/* It has, but nobody registered for it to be of any use. */
TEST(nobody_to_ask_with_a_socket)
{
	struct synos_recommendation rec = synos_question("what now?");
	struct synos_nl nl;

	ASSERT_EQ(0, synos_nl_open(&nl));
	EXPECT_ERR(ENOTCONN, synos_query_recommendation(&rec, sizeof(rec), 0));
	synos_nl_close(&nl);
}

TEST(anyone_may_ask)
{
	struct synos_recommendation rec = synos_question("what now?");

	ASSERT_EQ(0, synos_be_nobody());
	EXPECT_ERR(ENOTCONN, synos_query_recommendation(&rec, sizeof(rec), 0));
	EXPECT_ERR(EINVAL, synos_query_recommendation(&rec, sizeof(rec), 1));
}

TEST(limits_of_the_values)
{
	struct synos_recommendation rec = synos_question("");

	memset(rec.query, 'x', sizeof(rec.query) - 1);
	EXPECT_ERR(ENOTCONN, synos_query_recommendation(&rec, sizeof(rec), 0));

	/* What an earlier answer left is no part of the question. */
	memset(rec.response, 'x', sizeof(rec.response));
	rec.confidence = -1u;
	EXPECT_ERR(ENOTCONN, synos_query_recommendation(&rec, sizeof(rec), 0));
	rec.deadline = -1ULL;
	EXPECT_ERR(ENOTCONN, synos_query_recommendation(&rec, sizeof(rec), 0));
}

TEST(einval)
{
	struct synos_recommendation rec = synos_question("what now?");
	const size_t size = sizeof(rec), less = SYNOS_RECOMMENDATION_SIZE_VER0 - 1;
	uint64_t before = synos_counters().queries;

	EXPECT_ERR(EINVAL, synos_query_recommendation(&rec, size, 1));
	EXPECT_ERR(EINVAL, synos_query_recommendation(&rec, size, 1u << 31));
	EXPECT_ERR(EINVAL, synos_query_recommendation(&rec, 0, 0));
	EXPECT_ERR(EINVAL, synos_query_recommendation(&rec, less, 0));
	rec.reserved = 1;
	EXPECT_ERR(EINVAL, synos_query_recommendation(&rec, size, 0));
	rec = synos_question("");
	EXPECT_ERR(EINVAL, synos_query_recommendation(&rec, size, 0));
	memset(rec.query, 'x', sizeof(rec.query));
	EXPECT_ERR(EINVAL, synos_query_recommendation(&rec, size, 0));
	EXPECT_EQ(before, synos_counters().queries);
}

/* With the last @behind bytes of the question out of reach. */
static int ask_edge(const struct synos_recommendation *rec, size_t size,
		    size_t behind)
{
	return synos_query_recommendation(synos_at_the_edge(rec, size, behind),
					  size, 0);
}

TEST(efault)
{
	struct synos_recommendation rec = synos_question("what now?");
	const size_t size = sizeof(rec);

	EXPECT_ERR(EFAULT, synos_query_recommendation(NULL, size, 0));
	EXPECT_ERR(EFAULT, synos_query_recommendation((void *)-4096L, size, 0));
	EXPECT_ERR(EFAULT, ask_edge(&rec, size, size));
	EXPECT_ERR(EFAULT, ask_edge(&rec, size, size / 2));
	EXPECT_ERR(EFAULT, ask_edge(&rec, size, 1));
	/* What is behind the fields known has to be readable, too. */
	EXPECT_ERR(EFAULT, ask_edge(&rec, size + 8, 8));
	EXPECT_ERR(ENOTCONN, ask_edge(&rec, size, 0));
}

TEST(larger_struct)
{
	struct {
		struct synos_recommendation rec;
		char tail[8192];
	} big = { .rec = synos_question("what now?") };
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
