"""Tables of any size: they are divided into parts of whole customers, which are computed two at a time.

    data folder ─(1)→ buckets by interaction ─(2)→ checked parts by customer ─(3)→ queues ─(4)→ scores of each part

1. `source` reads the files in a stream, and each row goes to the bucket of its interaction's key (`partition`).
2. A bucket holds all that is known of its interactions, so its rows are checked as those of whole tables are. The valid
   rows go to the part of their customer; the moments are found (`checked_rows`).
3. What crosses customers is computed: the queues (`queues`), and facts that add up (`account`, `shared_facts`).
4. A part of customers with the shared facts has the same scores as in the whole tables (`part`).

Nothing in memory is larger than a part, a bucket, or one queue.
"""
