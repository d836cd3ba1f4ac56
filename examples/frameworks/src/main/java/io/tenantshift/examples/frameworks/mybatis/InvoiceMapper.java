package io.tenantshift.examples.frameworks.mybatis;

import java.util.List;
import org.apache.ibatis.annotations.Delete;
import org.apache.ibatis.annotations.Flush;
import org.apache.ibatis.annotations.Insert;
import org.apache.ibatis.annotations.Options;
import org.apache.ibatis.annotations.Param;
import org.apache.ibatis.annotations.Select;
import org.apache.ibatis.annotations.SelectKey;
import org.apache.ibatis.annotations.Update;
import org.apache.ibatis.cursor.Cursor;
import org.apache.ibatis.executor.BatchResult;

/** The statements. */
interface InvoiceMapper {
    @Insert("insert into invoice (tenant_id, number, customer) values (#{tenant}, #{number}, #{customer})")
    @SelectKey(
            statement = "select nextval('invoice_seq')",
            keyProperty = "number",
            before = true,
            resultType = Long.class)
    int write(Invoice invoice);

    @Insert(
            "insert into invoice_item (tenant_id, invoice, text, cents) values (#{tenant}, #{invoice}, #{text}, #{cents})")
    @Options(useGeneratedKeys = true, keyProperty = "id", keyColumn = "id")
    int add(Invoice.Item item);

    @Insert({
        "<script>insert into invoice_item (tenant_id, invoice, text, cents) values",
        "<foreach collection='items' item='item' separator=','>",
        "(#{item.tenant}, #{item.invoice}, #{item.text}, #{item.cents})",
        "</foreach></script>"
    })
    @Options(useGeneratedKeys = true, keyProperty = "items.id", keyColumn = "id")
    int addAll(@Param("items") List<Invoice.Item> items);

    @Update("update invoice_item set cents = cents + #{cents} where tenant_id = #{tenant} and invoice = #{invoice}")
    int raise(@Param("tenant") String tenant, @Param("invoice") long invoice, @Param("cents") long cents);

    @Delete("delete from invoice_item where tenant_id = #{tenant} and id = #{id}")
    int remove(@Param("tenant") String tenant, @Param("id") long id);

    @Select({
        "<script>select text || ' ' || cents from invoice_item where tenant_id = #{tenant}",
        "<if test='invoice != null'>and invoice = #{invoice}</if>",
        "order by id</script>"
    })
    List<String> items(@Param("tenant") String tenant, @Param("invoice") Long invoice);

    @Select("select text from invoice_item where tenant_id = #{tenant} order by id")
    @Options(fetchSize = 2)
    Cursor<String> texts(@Param("tenant") String tenant);

    @Flush
    List<BatchResult> flush();
}
